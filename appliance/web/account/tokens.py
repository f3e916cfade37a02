"""The account's forms about tokens, which programs use in place of a password."""

from datetime import timedelta
from urllib.parse import urlsplit

from fastapi.responses import Response

from appliance.auth.audit import Event
from appliance.auth.failures import AuthError
from appliance.auth.forward.policy import Ruling, rule
from appliance.auth.people.person import Person
from appliance.auth.tokens.token import Caveats, InvalidCaveatError, Issued, MadeToken, Use
from appliance.config.access import access
from appliance.config.addresses import address, link
from appliance.web.account import once
from appliance.web.account.places import ACCOUNT, NEW_TOKEN
from appliance.web.account.showing import show
from appliance.web.account.visit import Visit

_LIVES = {
    "30": "30 days",
    "90": "90 days",
    "365": "one year",
    "": "no end",
}
"""Days, and how they are offered."""
_USES: dict[str, tuple[Use, ...]] = {
    "": (),
    "predict": (Use.PREDICT,),
    "predict+upload": (Use.PREDICT, Use.UPLOAD),
    "manage": (Use.MANAGE,),
}


def form(visit: Visit) -> Response:
    _, person = visit.signed_in
    if visit.field("once"):
        again = "This token is not shown again. Make a new one."
        label, secret, *apps = once.kept(visit, again)
        lines = _lines(visit, person, apps[0], secret) if apps else ""
        url = _example(visit, person)
        return show(visit, "token", scripted=True, label=label, secret=secret, url=url, lines=lines)
    return _form(visit, person)


def create(visit: Visit) -> Response:
    _, person = visit.signed_in
    try:
        issued = _create(visit, person)
    except AuthError as error:
        return _form(visit, person, error)
    _audit(visit, "token.created", person, issued.token.id, issued.token.label)
    token = issued.token
    apps = token.caveats.apps if len(token.caveats.apps) == 1 else ()
    return visit.go(NEW_TOKEN, once=once.keep(visit, token.label, issued.secret, *apps))


def revoke(visit: Visit) -> Response:
    _, person = visit.signed_in
    revoked = visit.parts.door.tokens.revoke(visit.field("id"), person.id)
    visit.parts.door.sessions.end_of_token(revoked.id)
    _audit(visit, "token.revoked", person, revoked.id, revoked.label)
    return visit.go(ACCOUNT, done="token-revoked")


def _create(visit: Visit, person: Person) -> Issued:
    lives, uses = visit.field("life"), visit.field("uses")
    if lives not in _LIVES or uses not in _USES:
        raise InvalidCaveatError("Choose one of the offered limits.")
    apps = tuple(str(name) for name in visit.fields.getlist("apps") if name)
    # Left out, it would be a token for all the others.
    if not set(apps) <= set(_apps(visit, person)):
        raise InvalidCaveatError("An app that you chose is open to you no more. Choose again.")
    now = visit.parts.door.clock()
    caveats = Caveats(
        apps=apps,
        uses=_USES[uses],
        networks=tuple(visit.field("networks").replace(",", " ").split()),
        until=now + timedelta(days=int(lives)).total_seconds() if lives else None,
    )
    return visit.parts.door.tokens.create(person.id, visit.field("label"), caveats)


def _form(visit: Visit, person: Person, error: AuthError | None = None) -> Response:
    return show(
        visit,
        "new-token",
        error=error,
        label=visit.field("label")[:64],
        networks=visit.field("networks")[:500],
        apps=_apps(visit, person),
        chosen=visit.fields.getlist("apps") or [visit.field("app")],
        uses=visit.field("uses"),
        lives=_LIVES,
    )


def _apps(visit: Visit, person: Person) -> tuple[str, ...]:
    """Those the person may see now."""
    config = visit.config
    return tuple(
        name for name in config.apps if rule(access(config, name))(person) is Ruling.ADMITTED
    )


def _lines(visit: Visit, person: Person, app: str, secret: str) -> str:
    """The app's page with lines that have the token in them, good once."""
    made = visit.parts.door.made.put(MadeToken(person.id, app, secret))
    root = address(visit.config, app).root
    parts = urlsplit(root or visit.origin)
    return f"{parts.scheme}://{parts.netloc}/-/apps/{app}/code?made={made}"


def _example(visit: Visit, person: Person) -> str:
    apps = _apps(visit, person)
    if not apps:
        return f"{visit.origin}/app"
    if visit.config.public:
        return link(visit.config, apps[0])
    path = visit.config.apps[apps[0]].path or f"/{apps[0]}"
    return visit.origin + path


def _audit(visit: Visit, kind: str, person: Person, token: str, label: str) -> None:
    event = Event(kind, person.name, token, address=visit.address, detail=label)
    visit.parts.door.audit.write(event)
