"""To a provider and back."""

from dataclasses import asdict, dataclass

import structlog
from fastapi.responses import RedirectResponse, Response

from appliance.auth.audit import Event
from appliance.auth.failures import AuthError, NameTakenError
from appliance.auth.people.person import Person
from appliance.auth.places import SIGN_IN
from appliance.auth.providers.account import Account
from appliance.auth.providers.failures import (
    ConnectedElsewhereError,
    NotBegunError,
    NotConfiguredError,
    ProviderError,
    RefusedThereError,
)
from appliance.auth.providers.known import Way
from appliance.auth.providers.oidc import Trip
from appliance.auth.providers.signing_in import connect, person_of
from appliance.auth.secrets import new_secret
from appliance.config.providers import Provider
from appliance.web.account.arriving import proceed
from appliance.web.account.places import ACCOUNT, FROM
from appliance.web.account.showing import refusal, show, status_of
from appliance.web.account.visit import RefusedError, Visit

_KIND = "provider"
_LONGEST = 1500
"""Characters of where to go in the end."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """Somebody on the way to a provider; what he comes back with is for this browser alone."""

    provider: str
    trip: Trip
    browser: str
    to: str
    connects: int | None = None
    """The person who connects an account; None: somebody signs in."""

    def sealed(self, visit: Visit) -> str:
        """The `state`, which comes back with the browser."""
        return visit.parts.sealed.put(_KIND, asdict(self))


def leave(visit: Visit) -> Response:
    """Off to the provider; nothing here changes, so a link is enough."""
    name, _, way = _way(visit)
    # Whoever is signed in comes to prove it once more.
    begun = _begin(visit, name, again=visit.session is not None)
    try:
        return RedirectResponse(way.leave(begun.trip, begun.sealed(visit)), 303)
    except ProviderError as error:
        return _failed(visit, name, error)


def leave_to_connect(visit: Visit) -> Response:
    """The same for somebody who is signed in here. By a page: forms lead to no other host."""
    name, provider, way = _way(visit)
    _, person = visit.signed_in
    begun = _begin(visit, name, connects=person.id)
    try:
        url = way.leave(begun.trip, begun.sealed(visit))
    except ProviderError as error:
        return _failed(visit, name, error)
    return show(visit, "leaving", refresh=url, url=url, title=provider.called(name))


def arrive(visit: Visit) -> Response:
    name, provider, way = _way(visit)
    query = visit.request.query_params
    begun = _come_back(visit, query.get("state", ""))
    try:
        if begun is None or begun.provider != name or begun.browser != visit.mark.hex():
            raise NotBegunError
        if not query.get("code"):
            raise RefusedThereError(provider.called(name), query.get("error", "")[:200])
        account = way.arrive(begun.trip, query)
        if begun.connects is not None:
            return _connect(visit, begun, account, provider)
        person = person_of(visit.parts.door, provider, account, visit.address)
    except ProviderError as error:
        return _failed(visit, name, error)
    trusted = provider.second_factor == "trusted"
    method = f"provider:{name}"
    return proceed(visit, person, (method,), begun.to, complete=trusted, confirmed=account.proven)


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
    to = visit.target()
    # It travels in the URL, which some providers cut.
    return Begun(name, trip, visit.mark.hex(), to if len(to) <= _LONGEST else "/", connects)


def _come_back(visit: Visit, state: str) -> Begun | None:
    told = visit.parts.sealed.take(_KIND, state)
    return Begun(**{**told, "trip": Trip(**told["trip"])}) if told else None


def _connect(visit: Visit, begun: Begun, account: Account, provider: Provider) -> Response:
    person: Person | None = visit.person
    if person is None or person.id != begun.connects:
        raise NotBegunError
    try:
        connect(visit.parts.door, account, person, visit.address)
    except NameTakenError:
        known = visit.parts.door.identities.of(person.id)
        if account.subject not in {i.subject for i in known if i.provider == account.provider}:
            raise ConnectedElsewhereError(provider.called(account.provider)) from None
    return visit.go(ACCOUNT, done="connected")


def _failed(visit: Visit, name: str, error: ProviderError) -> Response:
    if error.reason:
        _tell(name, error)
        detail = f"provider {name}: {error.code}: {error.reason}"
        visit.parts.door.audit.write(Event("sign-in.failed", address=visit.address, detail=detail))
    if isinstance(error, NotConfiguredError):
        visit.parts.providers.forget(name)
    visit.parts.door.stats.sign_ins[error.code] += 1
    title = "Not connected" if visit.session else "Not signed in"
    refused = RefusedError(status_of(error), title, str(error))
    if visit.session:
        return refusal(visit, refused, ACCOUNT, "Back to your account")
    return refusal(visit, refused, SIGN_IN, "Other ways to sign in")


def _tell(name: str, error: ProviderError) -> None:
    _log.warning("provider.failed", provider=name, code=error.code, reason=error.reason)
