"""One request to one of the account's pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from appliance.auth.audit import Event
from appliance.auth.browsers import cookies, forms
from appliance.auth.browsers.bodies import text
from appliance.auth.browsers.returning import destination, local_path, origins
from appliance.auth.people.person import Person
from appliance.auth.places import HAND_OVER
from appliance.auth.second_factor.factors import Demand
from appliance.auth.second_factor.passkeys import Site
from appliance.auth.second_factor.rules import demands
from appliance.auth.secrets import digest, new_secret
from appliance.auth.sessions.session import FRESH, Session, Visitor
from appliance.auth.visiting import cookie, current, host_of, session_cookie, visitor
from appliance.config.addresses import is_ip, overview, secure
from appliance.config.schema import Config
from appliance.web.account.parts import Parts
from appliance.web.account.places import SIGNED_IN

STEP = "step"
"""Cookie of a half-done signing-in."""


class RefusedError(Exception):
    """The request is answered with a page that says no."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.title = title
        self.text = text


@dataclass
class Visit:
    """Who asks for what; collects the cookies of the answer."""

    parts: Parts
    config: Config
    request: Request
    fields: FormData
    browser: str = field(repr=False)
    """The secret of the browser cookie, which every visitor gets."""
    session: Session | None
    """Of a person who signed in here; a session made with a token opens no account."""
    set_cookies: list[str] = field(default_factory=list, repr=False)

    @property
    def person(self) -> Person | None:
        return self.parts.door.people.by_id(self.session.person) if self.session else None

    @property
    def signed_in(self) -> tuple[Session, Person]:
        """For pages that demand it."""
        session, person = self.session, self.person
        if session is None or person is None:
            raise RefusedError(403, "Not signed in", "Sign in first.")
        return session, person

    @property
    def fresh(self) -> bool:
        """Whether the person has proved who he is a moment ago."""
        if self.session is None:
            return False
        # A proof of a time to come was given while the clock was wrong; a moment does not matter.
        return abs(self.parts.door.clock() - self.session.confirmed) < FRESH.total_seconds()

    @property
    def visitor(self) -> Visitor:
        return visitor(self.request)

    @property
    def address(self) -> str:
        return self.visitor.address

    @property
    def mark(self) -> bytes:
        """What is remembered of the browser."""
        return digest(self.browser)

    @property
    def form_token(self) -> str:
        return forms.token(self.parts.door.keys.forms, self._binding)

    @property
    def stream_token(self) -> str:
        """For the addresses of streams, which only a page made for this browser knows."""
        return forms.token(self.parts.door.keys.forms, f"stream {self._binding}")

    @property
    def stream_is_ours(self) -> bool:
        """Whether the address of the stream came from a page made for this browser."""
        shown = self.request.query_params.get("token", "")
        return forms.valid(self.parts.door.keys.forms, f"stream {self._binding}", shown)

    @property
    def form_is_ours(self) -> bool:
        """Whether the form that came was made here, for this browser and session."""
        shown = text(self.fields, forms.FIELD)
        return forms.valid(self.parts.door.keys.forms, self._binding, shown)

    @property
    def origin(self) -> str:
        """Of these pages, without a final slash."""
        if self.config.public:
            return overview(self.config)
        return f"http://{self.request.headers.get('host', '').lower()}"

    @property
    def title(self) -> str:
        """What the appliance is called."""
        return self.config.domain or "Gradio Appliance"

    @property
    def site(self) -> Site | None:
        """For passkeys; None where browsers have none: plain HTTP, and addresses without a name."""
        host = host_of(self.request)
        local = host == "localhost" or host.endswith(".localhost")
        if is_ip(host.strip("[]")) or not (local or self.origin.startswith("https://")):
            return None
        return Site(host, self.origin, self.title)

    def field(self, name: str) -> str:
        """A field of the form, or of the query of a page that is only shown."""
        if self.request.method == "POST":
            return text(self.fields, name)
        return self.request.query_params.get(name, "")

    def demand(self, person: Person) -> Demand:
        """Whether a second factor is asked of the person."""
        return demands(self.config).of(person)

    def target(self, asked: str = "") -> str:
        """Where to go in the end: a place of this appliance, else its overview."""
        asked = asked or self.field("to")
        if asked.startswith("/"):
            return local_path(asked)
        where = destination(asked, origins(self.config))
        return where.url if where else "/"

    def audit(self, kind: str, person: Person, detail: str = "") -> None:
        event = Event(kind, person.name, person.name, address=self.address, detail=detail)
        self.parts.door.audit.write(event)

    def audit_as(self, kind: str, *, subject: str, app: str, detail: str) -> None:
        """Of whoever it is; where nobody can sign in, only the address is known."""
        actor = self.person.name if self.person else ""
        event = Event(kind, actor, subject, app=app, address=self.address, detail=detail)
        self.parts.door.audit.write(event)

    def go(self, path: str, **query: str) -> Response:
        """To another page of this host; what a form did is not done again by reloading."""
        return RedirectResponse(with_query(path, query), 303)

    def leave(self, to: str, **query: str) -> Response:
        """To a target. By a page of its own where that is on another host.

        Browsers forbid a form to lead to hosts that its page does not name, also by a redirect.
        """
        if query or to.startswith(HAND_OVER) or not to.startswith("/"):
            return self.go(SIGNED_IN, to=to, **query)
        return self.go(to)

    def keep_session(self, secret: str) -> None:
        self.set_cookies.append(session_cookie(secret, self.parts.door, self.config))

    def put_cookie(self, what: str, value: str, life: timedelta | None = None) -> None:
        self.set_cookies.append(cookies.put(what, value, secure=secure(self.config), life=life))

    def drop_cookie(self, what: str) -> None:
        self.set_cookies.append(cookies.remove(what, secure=secure(self.config)))

    @property
    def _binding(self) -> str:
        return f"{self.browser} {self.session.digest.hex() if self.session else ''}"


def visit(parts: Parts, request: Request, fields: FormData) -> Visit:
    config = parts.config()
    session = current(parts.door, request, config)
    known = cookie(request, cookies.BROWSER, config)
    here = Visit(
        parts=parts,
        config=config,
        request=request,
        fields=fields,
        browser=known or new_secret(),
        session=session if session and session.token is None else None,
    )
    if known is None:
        here.put_cookie(cookies.BROWSER, here.browser)
    return here


def with_query(path: str, query: Mapping[str, str]) -> str:
    told = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items() if value)
    if not told:
        return path
    return f"{path}{'&' if '?' in path else '?'}{told}"
