"""What people and programs see when no app answers."""

import re

import pytest
from starlette.testclient import TestClient

from appliance.apps.model import AppStatus
from appliance.config.findings import Finding
from appliance.config.schema import Config
from appliance.control.status import ConfigStatus, Notice, RoutesStatus, Snapshot, Status
from appliance.web.greeting import Greeting
from appliance.web.pages import pages
from tests.running import statuses

STATUSES = (
    statuses.live("hello", "http://h:1", title="Hello <b>", emoji="👋", description="Greets."),
    statuses.starting("chat", "Installing 12 packages"),
    statuses.failed("broken", detail="KeyError: 'x'", remedy="Run `pip list`."),
)
FINDING = Finding("unknown-key", "appliance.yaml", 7, 5, "apps.hello.memry", "is not a key")
NOTICE = Notice(code="ports-differ", message="Ports differ.", remedy="Run `scripts/up`.")


def browser(
    *apps: AppStatus, accept: str = "text/html", host: str = "localhost:8080", **yaml: object
) -> TestClient:
    named = {app.name: {"source": app.name} for app in apps}
    config = Config.model_validate({"apps": named, **yaml})
    status = Status(
        config=ConfigStatus(file="appliance.yaml", state="invalid", findings=(FINDING,)),
        text="",
        ports={},
        routes=RoutesStatus(live=True),
        host=statuses.host(*apps),
        notices=(NOTICE,),
    )
    snapshot = Snapshot(config, status)
    return TestClient(
        pages(lambda: snapshot), base_url=f"http://{host}", headers={"Accept": accept}
    )


def stranger(host: str = "d.example.org", accept: str = "text/html") -> TestClient:
    return browser(*STATUSES, domain="d.example.org", host=host, accept=accept)


def test_the_overview_shows_each_app_with_its_state_and_address() -> None:
    page = browser(*STATUSES).get("/")
    assert page.status_code == 200
    for text in ("👋", "Greets.", 'href="/hello/"', "Installing 12 packages", "KeyError at line 3"):
        assert text in page.text
    assert "Hello &lt;b&gt;" in page.text
    # Whoever hears a list of links knows what each is about.
    assert 'Embed<span class="unseen"> Hello &lt;b&gt;</span>' in page.text
    assert "<code>pip list</code>" in page.text


def test_the_operator_sees_what_is_wrong_with_the_yaml_and_the_ports() -> None:
    page = browser(*STATUSES).get("/").text
    assert "appliance.yaml:7:5" in page
    assert "Ports differ." in page


def test_a_stranger_sees_what_can_be_used_and_nothing_else() -> None:
    page = stranger().get("/").text
    assert 'href="https://hello.d.example.org/"' in page
    assert "chat" in page
    for text in ("broken", "KeyError", "Installing", "appliance.yaml", "Ports differ"):
        assert text not in page


def test_an_empty_appliance_says_how_to_add_an_app() -> None:
    assert "source: path/to/folder" in browser().get("/").text
    assert "source" not in browser(domain="d.example.org", host="d.example.org").get("/").text


def test_what_authors_write_runs_in_its_own_direction() -> None:
    title, description = "تحويل الكلام إلى نص", "يكتب ما يقال في التسجيل."
    app = statuses.live("hello", "http://h:1", title=title, description=description)
    shown = browser(app)
    page = shown.get("/").text
    assert f'<h2 dir="auto"><a href="/hello/">{title}</a></h2>' in page
    assert f'<p dir="auto">{description}</p>' in page
    for about in ("embed", "code"):
        assert f"<bdi>{title}</bdi>" in shown.get(f"/-/apps/hello/{about}").text


@pytest.mark.parametrize("path", ["/chat/", "/broken/", "/-/error/502?app=hello"])
def test_links_of_a_page_that_stands_in_a_frame_lead_out_of_it(path: str) -> None:
    """The pages they lead to are shown by no other site."""
    page = browser(*STATUSES, auth={}).get(path)
    links = re.findall(r"<a [^>]+>", page.text)
    assert links
    assert [link for link in links if 'target="_top"' not in link] == []


def test_a_starting_app_opens_by_itself() -> None:
    page = browser(*STATUSES).get("/chat/any/where")
    assert (page.status_code, page.headers["retry-after"]) == (503, "2")
    assert '<meta http-equiv="refresh" content="2">' in page.text
    assert "Installing 12 packages" in page.text


def test_a_failed_app_explains_itself_to_the_operator() -> None:
    page = browser(*STATUSES).get("/broken/")
    assert page.status_code == 503
    for text in ("KeyError at line 3", "KeyError: &#39;x&#39;", "<code>pip list</code>"):
        assert text in page.text


def test_a_failed_app_tells_strangers_only_that_it_is_not_there() -> None:
    page = stranger("broken.d.example.org").get("/")
    assert page.status_code == 503
    assert "not available at the moment" in page.text
    assert "KeyError" not in page.text
    assert "pip" not in page.text


def test_where_people_sign_in_what_went_wrong_is_for_the_dashboard() -> None:
    """Also on this machine alone: whoever has not signed in is a stranger."""
    some = browser(*STATUSES, auth={})
    overview, failed = some.get("/").text, some.get("/broken/").text
    assert 'href="/hello/"' in overview
    assert "not available at the moment" in failed
    for text in ("KeyError", "Installing", "appliance.yaml:7", "Ports differ", "pip list"):
        assert text not in overview + failed


def test_programs_get_json() -> None:
    program = browser(*STATUSES, accept="*/*")
    nowhere = program.get("/nope").json()["detail"]
    assert nowhere.startswith("There is no app at this address.")
    assert program.post("/chat/gradio_api/queue/join").json() == {
        "detail": "chat is starting, try again later"
    }
    assert [app["state"] for app in program.get("/").json()["apps"]] == [
        "live",
        "starting",
        "failed",
    ]
    assert stranger("broken.d.example.org", "*/*").get("/").json() == {
        "detail": "broken is not available, try again later"
    }


@pytest.mark.parametrize(("status", "says"), [(502, "stopped answering"), (504, "too long")])
def test_what_traefik_shows_when_an_app_does_not_answer(status: int, says: str) -> None:
    page = browser(*STATUSES).get(f"/-/error/{status}?app=hello")
    assert page.status_code == status
    assert says in page.text


@pytest.mark.parametrize("path", ["/-/error/500?app=hello", "/-/error/502?app=x", "/-/nope", "/x"])
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert browser(*STATUSES).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/chat/", "/broken/", "/nope", "/-/error/502?app=hello"])
def test_head_says_what_get_says(path: str) -> None:
    client = browser(*STATUSES)
    assert client.head(path).status_code == client.get(path).status_code
    assert client.head(path).text == ""


@pytest.mark.parametrize("path", ["/", "/chat/", "/broken/", "/nope"])
def test_no_page_runs_scripts_but_to_look_again_or_is_kept(path: str) -> None:
    page = browser(*STATUSES).get(path)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    for inline in ("<script>", "<style", " style=", " onclick="):
        assert inline not in page.text
    scripts = re.findall(r'<script src="([^"?]+)', page.text)
    assert scripts == ([] if path == "/nope" else ["/-/static/again.js"])
    assert ("script-src 'self'" in policy) == bool(scripts)


def test_sites_that_may_embed_an_app_may_embed_its_waiting_page() -> None:
    embedded = {"chat": {"source": "chat", "embed": {"origins": ["https://blog.example.org"]}}}
    page = browser(*STATUSES, apps=embedded).get("/chat/")
    assert page.headers["content-security-policy"].endswith(
        "frame-ancestors 'self' https://blog.example.org"
    )


def test_an_app_cannot_flood_the_overview_with_its_own_words() -> None:
    long = statuses.live("hello", "http://h:1", title="x" * 5000, emoji="y" * 5000)
    assert "x" * 300 not in browser(long).get("/").text


@pytest.mark.parametrize("name", ["style.css", "icon.svg"])
def test_style_and_icon_are_our_own(name: str) -> None:
    answer = browser().get(f"/-/static/{name}")
    assert answer.status_code == 200
    assert "http" not in answer.text.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("path", ["/", "/hello", "/gradio_api/call/greet"])
def test_while_the_relay_is_away_its_hosts_say_so(path: str) -> None:
    page = browser(*STATUSES, host="0a1b.share.localhost:8080", share={}).get(path)
    assert page.status_code == 503
    assert "Share links do not work at the moment" in page.text
    assert "frame-ancestors 'self' *" in page.headers["content-security-policy"]
    program = browser(*STATUSES, host="a.share.localhost", share={}, accept="*/*").post(path)
    assert program.status_code == 503
    assert "try again later" in program.json()["detail"]
    assert program.headers["retry-after"] == "2"


def test_many_apps_can_be_searched_without_scripts() -> None:
    apps = [statuses.live(f"app{n}", f"http://h:{n}") for n in range(8)]
    page = browser(*apps, STATUSES[0])
    assert 'role="search"' in page.get("/").text
    assert "form-action 'self'" in page.get("/").headers["content-security-policy"]
    found = page.get("/?q=GREETS%20hello").text
    assert "1 of 9 apps match" in found
    assert "app3" not in found
    assert "0 of 9 apps match" in page.get("/?q=%3Cscript%3E").text
    assert "<script>" not in page.get("/?q=%3Cscript%3E").text
    programs = browser(*apps, STATUSES[0], accept="*/*").get("/?q=app3").json()
    assert [app["name"] for app in programs["apps"]] == ["app3"]


def test_few_apps_need_no_search() -> None:
    page = browser(*STATUSES).get("/")
    assert 'role="search"' not in page.text
    assert "form-action 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("front", "classes"),
    [
        ({"color_from": "blue", "color_to": "pink"}, "emoji colored from-blue to-pink"),
        ({"color_from": "blue"}, "emoji colored from-blue to-blue"),
        ({"color_from": "x", "color_to": "red"}, "emoji colored from-red to-red"),
        ({"color_from": '"><b>'}, 'class="emoji "'),
    ],
)
def test_a_card_has_the_colors_of_its_space(front: dict[str, str], classes: str) -> None:
    app = statuses.live("hello", "http://h:1", **front)
    assert classes in browser(app).get("/").text
    program = browser(app, accept="*/*").get("/").json()
    assert "colors" not in program["apps"][0]


def test_the_overview_leads_on_to_what_the_visitor_may_have() -> None:
    nobody = pages(lambda: Snapshot(Config(), _status()), greet=lambda _: Greeting(sign_in=True))
    ada = pages(
        lambda: Snapshot(Config(), _status()), greet=lambda _: Greeting("Ada", dashboard=True)
    )
    html = {"Accept": "text/html"}
    strangers = TestClient(nobody, "http://localhost:8080", headers=html).get("/").text
    hers = TestClient(ada, "http://localhost:8080", headers=html).get("/").text
    assert "/-/sign-in?to=/" in strangers
    assert "/-/dashboard" not in strangers
    assert "/-/dashboard" in hers
    assert "/-/account" in hers


def test_an_overview_without_apps_says_why_to_whoever_looks() -> None:
    guarded = Config.model_validate({"auth": {}})

    def text(greeting: Greeting, config: Config = guarded) -> str:
        made = pages(lambda: Snapshot(config, _status()), greet=lambda _: greeting)
        client = TestClient(made, "http://localhost:8080", headers={"Accept": "text/html"})
        return client.get("/").text

    stranger = text(Greeting(sign_in=True))
    assert "No app here is open to everybody." in stranger
    assert "No apps yet" not in stranger
    assert "no app here that you may open" in text(Greeting("Bob", dashboard=True))
    # Who looks after it is not sent to ask himself.
    ada = Greeting("Ada", dashboard=True, administers=True)
    assert "source: path/to/folder" in text(ada)
    # Failed apps are shown to nobody here where people sign in.
    broken = Config.model_validate({"auth": {}, "apps": {"broken": {"source": "x"}}})
    assert "dashboard</a> shows all of them" in text(ada, broken)


def _status() -> Status:
    return Status(
        config=ConfigStatus(file="appliance.yaml", state="ok"),
        text="",
        ports={},
        routes=RoutesStatus(live=True),
        host=statuses.host(statuses.failed("broken")),
    )


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_who_goes_round_the_proxy_in_front_is_told_where_the_request_came_from(accept) -> None:
    visit = stranger(accept=accept).get(
        "/-/outside", headers={"X-Forwarded-For": "6.6.6.6, 10.0.0.9"}
    )
    assert visit.status_code == 403
    assert "came from 10.0.0.9" in visit.text
    assert "tls.trusted_proxies" in visit.text
