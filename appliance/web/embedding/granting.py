"""A window in which a visitor lets another site's page show him an app."""

from collections.abc import Callable, Mapping
from dataclasses import asdict

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from appliance import __version__
from appliance.auth.audit import Event
from appliance.auth.browsers import forms
from appliance.auth.browsers.bodies import form, text
from appliance.auth.browsers.forms import from_our_page
from appliance.auth.door import Door
from appliance.auth.forward.visibility import Visibility
from appliance.auth.sessions.embedding import GRANT, Grants, Wish
from appliance.auth.sessions.session import Session
from appliance.auth.visiting import current, visitor
from appliance.control.status import Snapshot
from appliance.web.answers import Answer, templates
from appliance.web.cards import card
from appliance.web.embedding.places import target
from appliance.web.embedding.snippets import Target

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class _Window:
    """One request to it. Who opened it stays its opener: it is the one that gets the code."""

    def __init__(self, door: Door, now: Snapshot, request: Request, wish: Wish) -> None:
        self.door, self.now, self.request, self.wish = door, now, request, wish

    def refused(self, seen: Visibility) -> Response | None:
        """To sign in, if that is what is missing."""
        app = self.now.config.apps.get(self.wish.app)
        here = target(self.now.config, card(self.now, self.wish.app), self.request) if app else None
        if app is None or not isinstance(here, Target):
            return self._no(404, "There is nothing at this address.")
        if not self.wish.allowed(app.embed.origins):
            return self._no(403, "The page that opened this window may not show the app.")
        return seen.refused(self.request, self.wish.app)

    @property
    def session(self) -> Session | None:
        found = current(self.door, self.request, self.now.config)
        return found if found and found.token is None else None

    def ask(self) -> Response:
        """Whether he wants it; a page that opened this window cannot answer for him."""
        session = self.session
        if session is None:
            return self._no(403, "Nobody is signed in here.")
        return self._page(session, code="")

    def give(self, grants: Grants, shown: str) -> Response:
        """The code for the page; `shown` is the token of the form."""
        session = self.session
        if session is None or not from_our_page(self.request.headers):
            return self._no(403, "Another site's page may not send this form.")
        if not forms.valid(self.door.keys.forms, self._binding(session), shown):
            return self._no(403, "This window is too old. Close it and begin again.")
        self._audit(session)
        return self._page(session, code=grants.begin(session, self.wish))

    def _page(self, session: Session, code: str) -> Response:
        person = self.door.people.by_id(session.person)
        html = (
            templates()
            .get_template("embedding/grant.html")
            .render(
                refresh=None,
                version=__version__,
                app=card(self.now, self.wish.app),
                person=person.shown if person else "",
                wish=asdict(self.wish),
                code=code,
                to=self.wish.site if self.wish.reader == "page" else "",
                form_token=forms.token(self.door.keys.forms, self._binding(session)),
                action=GRANT.format(name=self.wish.app),
            )
        )
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _POLICY,
            # Any other policy would take the window away from the page that waits for it.
            "Cross-Origin-Opener-Policy": "unsafe-none",
            # Without any, the form would say that it comes from nowhere.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(html, headers=headers)

    def _binding(self, session: Session) -> str:
        return " ".join(("embed", session.digest.hex(), *asdict(self.wish).values()))

    def _audit(self, session: Session) -> None:
        person = self.door.people.by_id(session.person)
        name, address = person.name if person else "", visitor(self.request).address
        event = Event(
            "embedding.granted", name, name, self.wish.app, address, detail=self.wish.site
        )
        self.door.audit.write(event)

    def _no(self, status: int, words: str) -> Response:
        values = {"code": status, "title": "Not shown", "text": words, "home": ""}
        answer = Answer("message.html", values, program={"detail": words}, status=status)
        return answer.to(self.request)


def granting_pages(
    door: Door, grants: Grants, snapshot: Callable[[], Snapshot], seen: Visibility
) -> APIRouter:
    """Routes to be served before the pages."""
    router = APIRouter()

    @router.get(GRANT)
    def ask(request: Request, name: str) -> Response:
        window = _Window(door, snapshot(), request, _wish(name, request.query_params))
        return window.refused(seen) or window.ask()

    @router.post(GRANT)
    async def give(request: Request, name: str) -> Response:
        fields = await form(request)
        told = {key: text(fields, key) for key in fields}
        window = _Window(door, snapshot(), request, _wish(name, told))
        return window.refused(seen) or window.give(grants, told.get(forms.FIELD, ""))

    return router


def _wish(name: str, told: Mapping[str, str]) -> Wish:
    return Wish(
        app=name,
        site=told.get("site", ""),
        challenge=told.get("challenge", ""),
        reader=told.get("reader", ""),
    )
