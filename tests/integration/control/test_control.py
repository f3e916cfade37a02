"""The control process among its peers: YAML in, routes and pages out, whatever breaks."""

from appliance.control.status import Status
from tests.integration.control.conftest import TWO, Appliance
from tests.running import http, statuses
from tests.running.traefik import until
from tests.running.upstream import Upstream

PAGE = "text/html"


def name_at(made: Appliance, path: str) -> str | None:
    answer = made.get(path)
    return answer.json().get("name") if answer.is_success else None


def test_an_app_starts_then_serves_and_the_app_host_is_told(
    running: Appliance, upstream: Upstream
) -> None:
    desired = running.host.desired[-1]
    assert [app.name for app in desired.apps] == ["hello", "chat"]
    assert desired.base_folder == str(running.folder)

    running.host.say(statuses.starting("hello", "Installing 12 packages"))
    until(lambda: "Installing 12 packages" in running.get("/hello/", PAGE).text)
    assert running.get("/hello/").status_code == 503

    running.host.say(statuses.live("hello", upstream.url))
    until(lambda: name_at(running, "/hello/") == "one")
    until(lambda: ("hello", ["i1"], [upstream.url]) in running.host.routed)
    until(lambda: running.status()["routes"]["live"])
    assert Status.model_validate(running.status()).text == TWO


def test_instances_are_confirmed_only_once_traefik_leads_to_them(
    running: Appliance, upstream: Upstream, another: Upstream
) -> None:
    running.host.say(statuses.live("hello", upstream.url))
    until(lambda: name_at(running, "/hello/") == "one")
    newer = statuses.instance(another.url, 2, of="r2")
    before = running.host.status.apps[0]
    running.host.say(
        before.model_copy(update={"live": "r2", "instances": (*before.instances, newer)})
    )
    until(lambda: any(instances == ["i2"] for _, instances, _ in running.host.routed))
    assert ("hello", ["i2"], [another.url]) in running.host.routed
    assert name_at(running, "/hello/") == "two"


def test_an_edit_adds_moves_and_removes_apps(running: Appliance, upstream: Upstream) -> None:
    running.host.say(statuses.live("hello", upstream.url), statuses.live("chat", upstream.url))
    until(lambda: name_at(running, "/chat/") == "one")
    running.yaml.write_text("apps:\n  hello: {source: hello, path: /greet}\n")
    until(lambda: name_at(running, "/greet/") == "one")
    assert running.get("/chat/").status_code == 404
    assert running.get("/hello/").status_code == 404
    until(lambda: [app.name for app in running.host.desired[-1].apps] == ["hello"])


def test_a_broken_edit_is_reported_and_nothing_else_happens(
    running: Appliance, upstream: Upstream
) -> None:
    running.host.say(statuses.live("hello", upstream.url))
    until(lambda: name_at(running, "/hello/") == "one")
    told = len(running.host.desired)
    running.yaml.write_text(TWO + "aps: {}\n")
    until(lambda: running.status()["config"]["state"] == "invalid")
    (finding,) = running.status()["config"]["findings"]
    assert (finding["line"], finding["nearest"]) == (4, "`apps`")
    assert "appliance.yaml:4:1" in running.get("/", PAGE).text
    assert running.status()["text"] == TWO
    assert name_at(running, "/hello/") == "one"
    assert len(running.host.desired) == told

    running.yaml.write_text(TWO)
    until(lambda: running.status()["config"]["state"] == "ok")
    assert "appliance.yaml:4:1" not in running.get("/", PAGE).text


def test_visitors_notice_nothing_while_control_is_away(
    running: Appliance, upstream: Upstream
) -> None:
    running.host.say(statuses.live("hello", upstream.url))
    until(lambda: name_at(running, "/hello/") == "one")
    running.stop("control")
    assert name_at(running, "/hello/") == "one"
    running.stop("apps")
    running.start("control")
    until(lambda: "app-host-away" in [n["code"] for n in running.status()["notices"]])
    assert name_at(running, "/hello/") == "one"
    running.start("apps")
    until(lambda: "app-host-away" not in [n["code"] for n in running.status()["notices"]])
    until(lambda: running.status()["routes"]["live"])
    assert name_at(running, "/hello/") == "one"


def test_a_start_with_a_broken_yaml_serves_the_last_good_one(
    running: Appliance, upstream: Upstream
) -> None:
    until((running.folder / "data" / "last-good.yaml").is_file)
    running.host.say(statuses.live("hello", upstream.url))
    running.stop("control")
    running.yaml.write_text("apps: [\n")
    running.start("control")
    until(lambda: name_at(running, "/hello/") == "one")
    assert running.status()["config"]["state"] == "invalid"
    assert "last-good" in [notice["code"] for notice in running.status()["notices"]]
    assert running.status()["text"] == TWO


def test_an_app_host_that_comes_back_is_told_everything_again(
    running: Appliance, upstream: Upstream
) -> None:
    running.host.say(statuses.live("hello", upstream.url))
    until(lambda: running.host.routed)
    running.stop("apps")
    running.host.desired.clear()
    running.host.routed.clear()
    # A new one counts from the start.
    running.host.status = statuses.host(statuses.live("hello", upstream.url), version=1)
    running.start("apps")
    until(lambda: running.host.desired and ("hello", ["i1"], [upstream.url]) in running.host.routed)


def test_a_traefik_that_comes_back_finds_its_routes(
    running: Appliance, upstream: Upstream, another: Upstream
) -> None:
    running.host.say(statuses.live("hello", upstream.url))
    until(lambda: name_at(running, "/hello/") == "one")
    running.stop("traefik")
    running.host.say(statuses.live("hello", another.url))
    until(lambda: running.status()["routes"]["live"] is False)
    assert "does not answer" in running.status()["routes"]["detail"][0]
    running.start("traefik")
    until(lambda: running.status()["routes"]["live"])
    assert name_at(running, "/hello/") == "two"


def test_a_port_that_is_not_the_yamls_is_told_with_its_remedy(running: Appliance) -> None:
    (notice,) = [n for n in running.status()["notices"] if n["code"] == "ports-differ"]
    assert "8080" in notice["message"]
    assert "scripts/up" in notice["remedy"]
    assert "8080" in running.get("/", PAGE).text
    assert '"ports-differ"' in running.log()


def test_strangers_do_not_read_the_operators_notices(running: Appliance) -> None:
    running.host.say(statuses.failed("hello"), statuses.starting("chat", "Installing secrets"))
    behind = "tls: {mode: off, trusted_proxies: [127.0.0.1]}\n"
    opened = "auth: {default: public}\n"
    running.yaml.write_text("domain: demos.example.org\n" + opened + behind + TWO)
    host = {"Host": "demos.example.org", "Accept": PAGE}
    until(lambda: "chat" in http.get(running.proxy.http + "/", headers=host).text)
    running.yaml.write_text("apps: [\n")
    until(lambda: running.status()["config"]["state"] == "invalid")
    page = http.get(running.proxy.http + "/", headers=host).text
    assert not any(w in page for w in ("hello", "KeyError", "Installing", "yaml", "scripts/up"))
    app = {**host, "Host": "hello.demos.example.org"}
    answer = http.get(running.proxy.http + "/", headers=app)
    assert answer.status_code == 503
    assert "KeyError" not in answer.text
    assert "ports-differ" in [notice["code"] for notice in running.status()["notices"]]


def test_the_sockets_are_for_owner_and_group(running: Appliance) -> None:
    assert (running.run / "control.sock").stat().st_mode & 0o777 == 0o660
    running.stop("control")
    assert not (running.run / "control.sock").exists()
    assert "Traceback" not in running.log()
    running.start("control")


def test_a_plan_tells_what_an_edit_would_change(running: Appliance) -> None:
    answer = running.ask("/plan", TWO.replace("chat}", "chat, path: /talk}"))
    assert [step["app"] for step in answer.json()["steps"]] == ["chat"]
    refused = running.ask("/plan", "aps: {}\n")
    assert refused.status_code == 422
    assert "appliance.yaml:1:1" in refused.json()["detail"]
    assert running.status()["text"] == TWO
