"""To a provider and back."""

import structlog
from fastapi.responses import RedirectResponse, Response

from appliance.auth.audit import Event
from appliance.auth.failures import AuthError
from appliance.auth.people import Person
from appliance.auth.providers.account import Account
from appliance.auth.providers.failures import (
    NotBegunError,
    NotConfiguredError,
    ProviderError,
    RefusedThereError,
)
from appliance.auth.providers.known import Way
from appliance.auth.providers.oidc import Trip
from appliance.auth.providers.signing_in import Begun, connect, person_of
from appliance.auth.secrets import new_secret
from appliance.config.providers import Provider
from appliance.web.account.arriving import proceed
from appliance.web.account.places import ACCOUNT, FROM
from appliance.web.account.showing import show, status_of
from appliance.web.account.visit import RefusedError, Visit, with_query

_log = structlog.get_logger(__name__)


def leave(visit: Visit) -> Response:
    """Off to the provider; nothing here changes, so a link is enough."""
    name, _, way = _way(visit)
    # Whoever is signed in comes to prove it once more.
    begun = _begin(visit, name, again=visit.session is not None)
    try:
        return RedirectResponse(way.leave(begun.trip, visit.parts.begun.put(begun)), 303)
    except ProviderError as error:
        return _failed(visit, name, error)


def leave_to_connect(visit: Visit) -> Response:
    """The same for somebody who is signed in here. By a page: forms lead to no other host."""
    name, provider, way = _way(visit)
    _, person = visit.signed_in
    begun = _begin(visit, name, connects=person.id)
    try:
        url = way.leave(begun.trip, visit.parts.begun.put(begun))
    except ProviderError as error:
        return _failed(visit, name, error)
    return show(visit, "leaving", refresh=url, url=url, title=provider.called(name))


def arrive(visit: Visit) -> Response:
    name, provider, way = _way(visit)
    query = visit.request.query_params
    begun = visit.parts.begun.take(query.get("state", ""))
    try:
        if begun is None or begun.provider != name or begun.browser != visit.mark:
            raise NotBegunError
        if not query.get("code"):
            raise RefusedThereError(provider.called(name), query.get("error", "")[:200])
        account = way.arrive(begun.trip, query)
        if begun.connects is not None:
            return _connect(visit, begun, account)
        person = person_of(visit.parts.door, provider, account, visit.address)
    except ProviderError as error:
        return _failed(visit, name, error)
    trusted = provider.second_factor == "trusted"
    return proceed(visit, person, (f"provider:{name}",), begun.to, complete=trusted)


def disconnect(visit: Visit) -> Response:
    _, person = visit.signed_in
    name = visit.field("provider")
    door = visit.parts.door
    others = [i for i in door.identities.of(person.id) if i.provider != name]
    if not (person.has_password or others or visit.parts.factors.passkeys.of(person.id)):
        raise _OnlyWayError
    door.identities.unlink(name, person.id)
    visit.audit("identity.disconnected", person, name)
    return visit.go(ACCOUNT, done="disconnected")


class _OnlyWayError(AuthError):
    code = "only-way"

    def __init__(self) -> None:
        super().__init__("You could not sign in any more. Set up a passkey or a password first.")


def _way(visit: Visit) -> tuple[str, Provider, Way]:
    name = visit.request.path_params["provider"]
    try:
        found = visit.parts.providers.way(visit.config, name)
    except ProviderError as error:
        _tell(name, error)
        raise
    if found is None:
        raise RefusedError(404, "Not found", "There is no such provider here.")
    return (name, *found)


def _begin(visit: Visit, name: str, *, connects: int | None = None, again: bool = False) -> Begun:
    redirect_uri = f"{visit.origin}{FROM}/{name}"
    trip = Trip(new_secret(), new_secret(), redirect_uri, again)
    return Begun(name, trip, visit.mark, visit.target(), connects)


def _connect(visit: Visit, begun: Begun, account: Account) -> Response:
    person: Person | None = visit.person
    if person is None or person.id != begun.connects:
        raise NotBegunError
    connect(visit.parts.door, account, person, visit.address)
    return visit.go(ACCOUNT, done="connected")


def _failed(visit: Visit, name: str, error: ProviderError) -> Response:
    if error.reason:
        _tell(name, error)
        detail = f"provider {name}: {error.code}: {error.reason}"
        visit.parts.door.audit.write(Event("sign-in.failed", address=visit.address, detail=detail))
    if isinstance(error, NotConfiguredError):
        visit.parts.providers.forget(name)
    visit.parts.door.stats.sign_ins[error.code] += 1
    back = ACCOUNT if visit.session else "/-/sign-in"
    return show(
        visit,
        "message",
        status=status_of(error),
        title="Not signed in" if not visit.session else "Not connected",
        text=str(error),
        back=with_query(back, {}),
        back_words="Back to your account" if visit.session else "Other ways to sign in",
    )


def _tell(name: str, error: ProviderError) -> None:
    _log.warning("provider.failed", provider=name, code=error.code, reason=error.reason)
