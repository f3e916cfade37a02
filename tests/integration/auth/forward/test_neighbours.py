"""What the author of one app can do to the visitors of another, in their own browser."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Error

from appliance.certs.authority import create, issue
from appliance.certs.publishing import for_proxy
from appliance.config.schema import Config
from tests.integration.auth.conftest import PASSWORD, Front
from tests.running import statuses
from tests.running.chromium import launched, visitor
from tests.running.process import free_port
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving
from tests.running.waiting import go, sign_in

pytestmark = pytest.mark.browser
DOMAIN = "demos.example.org"
NAMES = ("evil", "team", "friendly")


class Witness(Upstream):
    """Notes who was taken for whom, beside echoing."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.visits: list[tuple[str, str]] = []
        """Path and name of the visitor."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        self.visits.append((scope["path"], headers.get(b"remote-user", b"").decode()))
        await super().__call__(scope, receive, send)

    def acted_for(self, path: str) -> set[str]:
        return {who for visited, who in self.visits if visited.endswith(path)}


@dataclass
class Hostile:
    """An app whose author answers what he likes."""

    url: str = field(default_factory=lambda: f"http://127.0.0.1:{free_port()}")
    answers: dict[str, tuple[str, list[tuple[str, str]]]] = field(default_factory=dict)

    def say(self, path: str, body: str, *headers: tuple[str, str]) -> None:
        self.answers[path] = (body, list(headers))

    async def __call__(self, scope: dict[str, Any], _receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/evil") or "/"
        body, headers = self.answers.get(path, ("", []))
        kind = "text/javascript" if path.endswith(".js") else "text/html"
        told = [("content-type", kind), *headers]
        start = {"type": "http.response.start", "status": 200 if body else 404}
        await send({**start, "headers": [(n.encode(), v.encode()) for n, v in told]})
        await send({"type": "http.response.body", "body": body.encode()})


EVIL, TEAM, FRIENDLY = Hostile(), Witness("team"), Witness("friendly")


@pytest.fixture(scope="module", autouse=True)
def _apps() -> Iterator[None]:
    with serving(EVIL, EVIL.url), serving(TEAM, TEAM.url), serving(FRIENDLY, FRIENDLY.url):
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched("--host-resolver-rules=MAP * 127.0.0.1") as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with visitor(browser, ignore_https_errors=True) as context:
        yield context


def take_up(front: Front, head: dict[str, Any], friends: tuple[str, ...] = ()) -> None:
    """Three apps, of which one lets pages of others show it."""
    apps: dict[str, dict[str, Any]] = {
        "evil": {"source": "x", "access": "public"},
        "team": {"source": "x", "access": "signed-in"},
        "friendly": {"source": "x", "access": "signed-in", "embed": {"origins": [*friends]}},
    }
    lives = [(name, one.url) for name, one in zip(NAMES, (EVIL, TEAM, FRIENDLY), strict=True)]
    host = statuses.host(*(statuses.live(name, url) for name, url in lives))
    front.serve(Config.model_validate({**head, "auth": {}, "apps": apps}), host)


@pytest.fixture
def secured(front: Front) -> Front:
    """Apps on hosts of their own, by HTTPS."""
    own = create([DOMAIN], DOMAIN, datetime.now(UTC))
    names = [DOMAIN, *(f"{name}.{DOMAIN}" for name in NAMES)]
    certificate = issue(own, names, datetime.now(UTC))
    for_proxy(front.proxy.folder.certificates, [certificate], certificate)
    port = urlsplit(front.proxy.https).port
    head = {"domain": DOMAIN, "tls": {"mode": "local-ca"}, "ports": {"https": port}}
    take_up(front, head, (f"https://evil.{DOMAIN}:{port}",))
    return front


@pytest.fixture
def pathed(front: Front) -> Front:
    """Apps under paths of one host."""
    take_up(front, {})
    return front


def at(front: Front, app: str = "", path: str = "/") -> str:
    return f"https://{app + '.' if app else ''}{DOMAIN}:{urlsplit(front.proxy.https).port}{path}"


TOSSED = (
    ("Set-Cookie", f"appliance-session=planted; Domain={DOMAIN}; Path=/"),
    ("Set-Cookie", f"__Host-appliance-session=planted; Domain={DOMAIN}; Path=/; Secure"),
    ("Set-Cookie", f"=__Host-appliance-session=planted; Domain={DOMAIN}; Path=/; Secure"),
    ("Set-Cookie", f"__Host-appliance-browser=planted; Domain={DOMAIN}; Path=/; Secure"),
    ("Set-Cookie", f"__HOST-appliance-session=planted; Domain={DOMAIN}; Path=/; Secure"),
    ("Set-Cookie", f"arrived=yes; Domain={DOMAIN}; Path=/"),
)
BY_SCRIPT = f"""<script>
for (const name of ["appliance-session", "__Host-appliance-session", "=__Host-appliance-session"])
  for (const path of ["/", "/page", "/-/"])
    document.cookie = `${{name}}=planted; Domain={DOMAIN}; Path=${{path}}; Secure`;
</script>"""


def test_cookies_that_another_app_tosses_sign_nobody_in_or_out(
    secured: Front, context: BrowserContext
) -> None:
    EVIL.say("/toss", f"<h1>Tossed</h1>{BY_SCRIPT}", *TOSSED)
    page = context.new_page()
    go(page, at(secured, "evil", "/toss"))
    go(page, at(secured, "team", "/page"))
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(at(secured, "team", "/page"))
    go(page, at(secured, "evil", "/toss"))
    go(page, at(secured, "team", "/page"))
    seen = page.content()
    assert '"remote-user", "ada"' in seen
    # Or it would only be shown that the browser throws them all away.
    assert "arrived=yes" in seen
    assert "planted" not in seen
    go(page, at(secured, "", "/-/account"))
    assert page.url == at(secured, "", "/-/account")


def test_an_app_deletes_nobody_elses_cookies(secured: Front, context: BrowserContext) -> None:
    """Nor has it browsers report what is opened on its host."""
    cleared = (("Clear-Site-Data", '"cookies", "storage"'),)
    reported = (("NEL", '{"report_to": "x", "max_age": 9}'), ("Report-To", '{"group": "x"}'))
    EVIL.say("/clear", "<h1>Cleared</h1>", *cleared, *reported, ("X-Own", "yes"))
    page = context.new_page()
    go(page, at(secured, "team", "/page"))
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(at(secured, "team", "/page"))
    with page.expect_response(at(secured, "evil", "/clear")) as answered:
        go(page, at(secured, "evil", "/clear"))
    told = answered.value.all_headers()
    assert told["x-own"] == "yes"
    assert not told.keys() & {"clear-site-data", "nel", "report-to"}
    go(page, at(secured, "team", "/again"))
    assert '"remote-user", "ada"' in page.content()


def test_too_many_cookies_of_another_app_lock_out_until_they_are_gone(
    secured: Front, context: BrowserContext
) -> None:
    """What docs/security.md says cannot be helped, and what ends it."""
    many = "".join(
        f'document.cookie = "bomb{n}=" + "x".repeat(4000) + "; Domain={DOMAIN}; Path=/; Secure";'
        for n in range(20)
    )
    EVIL.say("/bomb", f"<h1>Bombed</h1><script>{many}</script>")
    page = context.new_page()
    go(page, at(secured, "evil", "/bomb"))
    for place in (at(secured, "team"), at(secured, "", "/-/sign-in")):
        assert status_of(context, place) in (431, 0)
    context.clear_cookies(domain=f".{DOMAIN}")
    go(page, at(secured, "team", "/page"))
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(at(secured, "team", "/page"))


def status_of(context: BrowserContext, url: str) -> int:
    """0: the connection was closed. In a page of its own, for an error page may still be coming."""
    try:
        return go(context.new_page(), url).status
    except Error as error:
        if "ERR_CONNECTION_CLOSED" not in error.message:
            raise
        return 0


DRAW_IN = """<h1>Drawing in</h1>
<img src="{url}/image"><script src="{url}/script"></script><iframe src="{url}/frame"></iframe>
<link rel="stylesheet" href="{url}/style"><object data="{url}/object"></object>
<embed src="{url}/embed"><video src="{url}/video"></video><link rel="icon" href="{url}/icon">
<a id="followed" href="{url}/followed">x</a>
<script>
  const told = {{mode: "no-cors", credentials: "include"}};
  navigator.sendBeacon("{url}/beacon", "x");
  Promise.allSettled([
    fetch("{url}/fetch", told), fetch("{url}/read", {{credentials: "include"}}),
    fetch("{url}/post", {{...told, method: "POST", body: "x"}}),
  ]).then(() => {{ document.title = "done"; }});
</script>"""


def test_a_page_of_another_app_draws_nothing_in_as_its_visitor(
    secured: Front, context: BrowserContext
) -> None:
    """To the browser both apps are one site: it sends the cookie of the other one along."""
    page = context.new_page()
    go(page, at(secured, "team", "/page"))
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(at(secured, "team", "/page"))
    go(page, at(secured, "friendly", "/page"))
    TEAM.visits.clear()
    FRIENDLY.visits.clear()
    EVIL.say("/draw", DRAW_IN.format(url=at(secured, "team", "")))
    EVIL.say("/draw-friend", DRAW_IN.format(url=at(secured, "friendly", "")))

    def drawn(path: str) -> bool:
        go(page, at(secured, "evil", path))
        page.wait_for_function("document.title === 'done'")
        return all(FRIENDLY.acted_for(one) == {"ada"} for one in ("/image", "/script", "/fetch"))

    # Whom the YAML names may show it, or all of this might be the browser's own doing.
    until(lambda: drawn("/draw-friend"))
    drawn("/draw")
    assert TEAM.visits == []
    go(page, at(secured, "evil", "/draw"))
    page.locator("#followed").evaluate("link => link.click()")
    page.wait_for_url(at(secured, "team", "/followed"))
    assert TEAM.acted_for("/followed") == {"ada"}


def test_a_service_worker_answers_for_its_own_app_alone(
    pathed: Front, context: BrowserContext
) -> None:
    """One that had the whole host would see every password typed on it, for ever."""
    worker = "addEventListener('fetch', e => e.respondWith(new Response('caught')));"
    worker += "addEventListener('activate', e => e.waitUntil(clients.claim()));"
    worker += "addEventListener('install', () => skipWaiting());"
    EVIL.say("/sw.js", worker, ("Service-Worker-Allowed", "/"))
    EVIL.say("/", "<h1>Harmless</h1>")
    page = context.new_page()
    home = f"http://{pathed.local_host}"
    go(page, f"{home}/evil/")
    register = """async scope => {
      try { await navigator.serviceWorker.register("/evil/sw.js", {scope}); return "registered"; }
      catch (error) { return error.name; }
    }"""
    assert page.evaluate(register, "/") == "SecurityError"
    assert page.evaluate(register, "/team/") == "SecurityError"
    assert page.evaluate(register, "/-/") == "SecurityError"
    assert page.evaluate(register, "/evil/") == "registered"
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    go(page, f"{home}/evil/again")
    assert "caught" in page.content()
    go(page, f"{home}/team/page")
    sign_in(page, "ada", PASSWORD)
    page.wait_for_url(f"{home}/team/page")
    assert "caught" not in page.content()
