"""How the dashboard's pages are answered: kept by nobody, framed by nobody."""

from collections.abc import Mapping

from fastapi.responses import HTMLResponse

from appliance import __version__
from appliance.config.access import guards
from appliance.web.answers import templates
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.places import AUDIT, CERTIFICATES, DASHBOARD, PEOPLE, SHARES, SHARING

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "script-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page(caller: Caller, template: str, values: Mapping[str, object]) -> HTMLResponse:
    """Made from `templates/dashboard/<template>.html`."""
    html = templates().get_template(f"dashboard/{template}.html")
    visit = caller.visit
    return HTMLResponse(
        html.render(
            refresh=None,
            version=__version__,
            appliance=visit.title,
            person=visit.person,
            account=guards(caller.config),
            administers=caller.administers,
            links=_links(caller),
            path=visit.request.url.path,
            form_token=visit.form_token,
            stream_token=visit.stream_token,
            done=_done(visit.field("done")),
            **values,
        ),
        headers=dict(_HEADERS),
    )


def fragment(caller: Caller, template: str, values: Mapping[str, object]) -> str:
    """The part of a page that is sent anew when something has changed."""
    html = templates().get_template(f"dashboard/live/{template}.html")
    return html.render(form_token=caller.visit.form_token, **values)


def _links(caller: Caller) -> list[tuple[str, str]]:
    share = [("Share from a laptop", SHARING)] if caller.config.share else []
    if not caller.administers:
        return [("Apps", DASHBOARD), *share]
    shares = [("Shares", SHARES)] if caller.config.share else []
    people = [("People", PEOPLE)] if guards(caller.config) else []
    return [
        ("Apps", DASHBOARD),
        *shares,
        *share,
        ("Certificates", CERTIFICATES),
        *people,
        ("Audit", AUDIT),
    ]


_DONE = {
    "deploy": "The source is being read again. A new release goes live once it answers.",
    "restart": "The instances are being replaced, one after the other.",
    "rollback": "The former release is being started. It goes live once it answers.",
    "kick": "The share has ended. Its visitors see that it was closed.",
    "extend": "The share lives longer.",
}


def _done(what: str) -> str:
    return _DONE.get(what, "")
