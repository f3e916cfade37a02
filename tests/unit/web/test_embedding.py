"""What the page about embedding an app gives to copy, and to whom."""

import pytest
from starlette.testclient import TestClient

from appliance.config.schema import Config
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.web.embedding.badge import badge
from appliance.web.embedding.snippets import Options, Target, options, snippets
from appliance.web.pages import pages
from tests.running import statuses

TARGET = Target("hello", 'Hello "you"', "https://d.org/hello/", "https://d.org")


def client(host: str, **yaml: object) -> TestClient:
    apps = {"hello": {"source": "hello", "embed": {"origins": ["https://blog.example.org"]}}}
    config = Config.model_validate({"apps": {**apps, "chat": {"source": "chat"}}, **yaml})
    status = Status(
        config=ConfigStatus(file="appliance.yaml", state="ok"),
        text="",
        ports={},
        routes=RoutesStatus(live=True),
        host=statuses.host(statuses.live("hello", "http://h:1", title="A <b>")),
    )
    snapshot = Snapshot(config, status)
    return TestClient(
        pages(lambda: snapshot),
        base_url=host,
        headers={"Accept": "text/html"},
        follow_redirects=False,
    )


def texts(chosen: Options, *, public: bool = True) -> dict[str, str]:
    return {one.key: one.text for one in snippets(TARGET, chosen, public=public)}


def test_what_an_element_does_by_itself_is_not_said() -> None:
    assert texts(Options())["component"] == (
        '<script type="module" src="https://d.org/hello/gradio.js"></script>\n'
        '<gradio-app src="https://d.org/hello/"></gradio-app>'
    )


def test_every_choice_becomes_an_attribute() -> None:
    asked = {"initial_height": "600px", "theme_mode": "dark", "plain": "on", "eager": "on"}
    asked["info"] = "on"
    component = texts(options(asked))["component"]
    for words in ('initial_height="600px"', 'theme_mode="dark"', 'container="false"'):
        assert words in component
    assert 'eager="true" info="true"' in component
    assert "autoscroll" not in component


def test_a_choice_that_does_not_exist_is_not_made() -> None:
    assert options({"initial_height": '1px"><script>', "theme_mode": "sepia"}) == Options()


def test_a_title_stays_inside_its_attribute() -> None:
    assert 'title="Hello &quot;you&quot;"' in texts(Options())["frame"]


def test_an_app_for_people_who_sign_in_offers_what_works_for_them() -> None:
    offered = texts(Options(), public=False)
    assert set(offered) == {"component", "frame", "address", "badge"}
    script = 'crossorigin="use-credentials" src="https://d.org/-/apps/hello/gradio.js"'
    assert script in offered["component"]
    badge = snippets(TARGET, Options(), public=False, badge_key="abc")[-1]
    assert "badge.svg?key=abc)" in badge.text


@pytest.mark.parametrize("state", ["live", "starting", "failed"])
def test_a_badge_is_well_formed_whatever_the_title(state: str) -> None:
    picture = badge("A <b> & " + "x" * 60, state)  # type: ignore[arg-type]
    assert "A &lt;b&gt; &amp; xxx" in picture
    assert "…" in picture


def test_the_page_runs_no_script_but_ours_and_is_framed_by_nobody() -> None:
    answer = client("http://localhost:8080").get("/-/apps/hello/embed")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "A &lt;b&gt;" in answer.text
    assert "https://blog.example.org" in answer.text


def test_addresses_are_those_the_visitor_came_by() -> None:
    """Another port at the visitor's end of an SSH port-forward."""
    page = client("http://127.0.0.1:9999").get("/-/apps/hello/embed").text
    assert "http://127.0.0.1:9999/hello/gradio.js" in page


def test_without_sites_the_page_says_how_to_name_them() -> None:
    assert "embed: {origins:" in client("http://localhost:8080").get("/-/apps/chat/embed").text


def test_the_page_is_on_the_apps_own_host() -> None:
    on_overview = client("https://d.example.org", domain="d.example.org")
    answer = on_overview.get("/-/apps/hello/embed?eager=on")
    where = "https://hello.d.example.org/-/apps/hello/embed?eager=on"
    assert (answer.status_code, answer.headers["location"]) == (307, where)
    there = client(
        "https://hello.d.example.org", domain="d.example.org", auth={"default": "public"}
    )
    page = there.get("/-/apps/hello/embed").text
    assert "https://hello.d.example.org/gradio.js" in page


def test_a_short_name_leads_to_the_address_and_to_the_script_that_asks_to_sign_in() -> None:
    site = {"Origin": "https://blog.example.org"}
    there = client("https://d.example.org", domain="d.example.org", auth={})
    told = there.get("/-/apps/hello/address", headers=site)
    assert told.json() == {
        "url": "https://hello.d.example.org/",
        "script": "https://hello.d.example.org/-/apps/hello/gradio.js",
    }
    # Asked by a script that carries cookies, as those of apps for people who sign in do.
    assert told.headers["access-control-allow-credentials"] == "true"
    local = client("http://localhost:8080").get("/-/apps/hello/address", headers=site)
    assert local.json() == {"url": "http://localhost:8080/hello/"}


def test_strange_names_learn_nothing() -> None:
    for page in ("embed", "badge.svg"):
        evil = client("http://evil.example", domain="d.example.org")
        assert evil.get(f"/-/apps/hello/{page}").status_code == 404
        assert client("http://localhost:8080").get(f"/-/apps/none/{page}").status_code == 404


def test_a_badge_may_be_kept_for_a_minute() -> None:
    answer = client("http://localhost:8080").get("/-/apps/hello/badge.svg")
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "live" in answer.text
