"""How the dashboard's pages are answered: kept by nobody, framed by nobody."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi.responses import HTMLResponse

from appliance import __version__
from appliance.config.access import guards
from appliance.web.answers import templates
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.concerns import concerns
from appliance.web.dashboard.confirming import Question
from appliance.web.dashboard.places import (
    AUDIT,
    CERTIFICATES,
    DASHBOARD,
    HEALTH,
    INVITATIONS,
    KEYS,
    PEOPLE,
    PLAN,
    SHARES,
    SHARING,
    TOKENS,
    app_page,
    files_page,
    visits_page,
)

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Tab:
    """One page of the dashboard, or several about one thing."""

    title: str
    pages: tuple[tuple[str, str], ...]
    """Titles and addresses; the first one is where the tab leads."""
    count: int = 0
    """Of what needs somebody there."""

    @property
    def address(self) -> str:
        return self.pages[0][1]

    def holds(self, path: str) -> bool:
        """Whether the page is one of these, or about something on one of these."""
        return any(path == where or path.startswith(f"{where}/") for _, where in self.pages)


def page(
    caller: Caller, template: str, values: Mapping[str, object], status: int = 200
) -> HTMLResponse:
    """Made from `templates/dashboard/<template>.html`."""
    html = templates().get_template(f"dashboard/{template}.html")
    visit = caller.visit
    path = visit.request.url.path
    tabs = _tabs(caller)
    # The first tab's page is where all others are below.
    here = next((tab for tab in reversed(tabs) if tab.holds(path)), None)
    given = {
        "refresh": None,
        "version": __version__,
        "appliance": visit.title,
        "person": visit.person,
        "account": guards(caller.config),
        "administers": caller.administers,
        "tabs": tabs,
        "tab": here,
        "sub_pages": _of_app(caller) or (here.pages if here and len(here.pages) > 1 else ()),
        "path": path,
        "form_token": visit.form_token,
        "stream_token": visit.stream_token,
        "done": _DONE.get(visit.field("done"), ""),
    }
    return HTMLResponse(html.render({**given, **values}), status, headers=dict(_HEADERS))


def ask(caller: Caller, question: Question) -> HTMLResponse:
    """The same form once more, with what it is about in words."""
    fields = {
        name: value
        for name, value in caller.visit.fields.items()
        if isinstance(value, str) and name not in ("form-token", "sure")
    }
    return page(caller, "confirm", {"question": question, "fields": fields})


def fragment(caller: Caller, template: str, values: Mapping[str, object]) -> str:
    """The part of a page that is sent anew when something has changed."""
    html = templates().get_template(f"dashboard/live/{template}.html")
    return html.render(form_token=caller.visit.form_token, **values)


def _tabs(caller: Caller) -> tuple[Tab, ...]:
    config, apps = caller.config, Tab("Apps", (("Apps", DASHBOARD),))
    links, recipe = ("Links", SHARES), ("Share from a laptop", SHARING)
    if not caller.administers:
        return (apps, Tab("Shares", (links, recipe))) if config.share else (apps,)
    shares = Tab("Shares", (links, recipe, ("Keys", KEYS)))
    people = Tab("People", (("Accounts", PEOPLE), ("Invitations", INVITATIONS), ("Tokens", TOKENS)))
    return (
        apps,
        *((shares,) if config.share else ()),
        *((people,) if guards(config) else ()),
        Tab("Certificates", (("Certificates", CERTIFICATES),)),
        Tab("Health", (("Health", HEALTH),), len(concerns(caller.now))),
        Tab("Plan", (("Plan", PLAN),)),
        Tab("Audit", (("Audit", AUDIT),)),
    )


def _of_app(caller: Caller) -> tuple[tuple[str, str], ...]:
    """The pages about one app."""
    name = caller.visit.request.path_params.get("app")
    if name is None:
        return ()
    return (
        ("Overview", app_page(name)),
        ("Visits", visits_page(name)),
        ("Files and caches", files_page(name)),
    )


_DONE = {
    "deploy": "The source is being read again. A new release goes live once it answers.",
    "restart": "The instances are being replaced, one after the other.",
    "rollback": "The former release is being started. It goes live once it answers.",
    "clean-temp": "Uploads and results are gone.",
    "clean-examples": "The cached examples are gone. The instances are being replaced, and make "
    "them anew.",
    "kick": "The share has ended. Its visitors see that it was closed.",
    "extend": "The share lives longer.",
    "unprotected": "The password that was put on the link is taken back.",
    "key-unprotected": "The password of the key's links is taken back.",
    "key-limited": "The key has other limits from now on.",
    "key-revoked": "The key is worth nothing any more, and what was shared with it has ended.",
    "renew": "An authority is being asked. The old certificates serve until the new ones are here.",
    "revoke": "The certificate is revoked; another one is being ordered.",
    "person": "The account is changed.",
    "signed-out": "Signed out everywhere.",
    "unlocked": "Sign-in is open again after too many failed attempts.",
    "factors": "The second factors are forgotten.",
    "removed": "The account is removed.",
    "withdrawn": "The link is worth nothing any more.",
    "token": "The token is worth nothing any more.",
}
