from pathlib import Path

import pytest

from appliance.config.schema import Config
from appliance.control.published import notices
from appliance.control.settings import from_environment
from appliance.relay.settings import from_environment as relay_settings
from appliance.supervisor.places import places
from appliance.supervisor.programs import (
    Entrance,
    entrances,
    fixed,
    metrics_door,
    new_doors,
    programs,
    share_door,
)

LOCAL = Config.model_validate({"ports": {"local": 8123}})
PUBLIC = Config.model_validate({"domain": "demos.example.org", "ports": {"http": 8000}})
BEHIND = Config.model_validate(
    {"domain": "demos.example.org", "tls": {"mode": "off", "trusted_proxies": ["10.0.0.1"]}}
)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (LOCAL, (Entrance("127.0.0.1:8123", "ports.local"),)),
        (PUBLIC, (Entrance(":8000", "ports.http"), Entrance(":443", "ports.https"))),
        (BEHIND, (Entrance(":80", "ports.http"),)),
    ],
)
def test_local_mode_listens_on_loopback_and_public_mode_everywhere(config, expected):
    assert entrances(config) == expected


def test_a_port_that_moves_from_loopback_to_all_addresses_is_not_in_its_own_way():
    at_first = Config.model_validate({"ports": {"local": 8123}, "share": {}})
    then = Config.model_validate({"domain": "a.org", "ports": {"http": 8123}, "share": {}})
    assert [door.key for door in new_doors(then, fixed(at_first))] == ["ports.https"]


@pytest.mark.parametrize("config", [LOCAL, PUBLIC, BEHIND])
def test_control_understands_what_it_is_told(tmp_path, config):
    where = places(tmp_path / "appliance.yaml", "data")
    doors = {door.address for door in entrances(config)}
    _, control, _, _ = programs(where, config, Path("traefik"))
    settings = from_environment(control.environment)
    assert (settings.file, settings.data, settings.run) == (where.file, where.data, where.run)
    listen = settings.traefik_listen
    assert {listen.local, listen.http, listen.https} - {None} == doors
    assert notices(config, settings.published) == ()


def test_nobody_but_visitors_reaches_beyond_loopback(tmp_path):
    where = places(tmp_path / "appliance.yaml", "data")
    _, control, relay, _ = programs(where, PUBLIC, Path("traefik"))
    visitors = relay_settings(relay.environment).visitors
    assert visitors[0] == "127.0.0.1"
    assert control.environment["APPLIANCE_SHARES"] == f"http://127.0.0.1:{visitors[1]}"
    settings = from_environment(control.environment)
    assert settings.pages_listen[0] == "127.0.0.1"
    assert settings.traefik_listen.api.startswith("127.0.0.1:")


def test_the_proxy_waits_for_its_file_and_ends_first(tmp_path):
    where = places(tmp_path / "appliance.yaml", "data")
    static = where.run / "traefik" / "traefik.yml"
    static.parent.mkdir(parents=True)
    static.write_text("of an earlier run")
    found = programs(where, LOCAL, Path("traefik"))
    assert [program.name for program in found] == ["proxy", "control", "relay", "apps-host"]
    assert found[0].after == static
    assert not static.exists()


@pytest.mark.parametrize(
    ("config", "clients"), [(LOCAL, ("127.0.0.1", 7000)), (PUBLIC, (None, 7000))]
)
def test_share_clients_connect_from_this_machine_only_in_local_mode(tmp_path, config, clients):
    where = places(tmp_path / "appliance.yaml", "data")
    *_, relay, _ = programs(where, config, Path("traefik"))
    assert relay_settings(relay.environment).clients == clients
    assert share_door(config) is None


def test_prometheus_is_let_in_on_loopback_where_the_yaml_says_so():
    assert metrics_door(Config()) is None
    config = Config.model_validate({"ports": {"metrics": 9464}, "domain": "demos.example.org"})
    assert metrics_door(config) == Entrance("127.0.0.1:9464", "ports.metrics")


@pytest.mark.parametrize(
    "changed",
    [
        {"ports": {"local": 8124}},
        {"share": {}},
        {"runtime": "docker"},
        {"domain": "demos.example.org", "tls": {"http3": True}},
        {"domain": "demos.example.org", "tls": {"mode": "off", "trusted_proxies": ["10.0.0.2"]}},
    ],
)
def test_what_a_running_appliance_cannot_change_about_itself_is_another_one(changed):
    before = {key: value for key, value in changed.items() if key == "domain"}
    if "trusted_proxies" in changed.get("tls", {}):
        before = {**changed, "tls": {"mode": "off", "trusted_proxies": ["10.0.0.1"]}}
    assert fixed(Config.model_validate(changed)) != fixed(Config.model_validate(before))


def test_all_else_needs_no_new_start():
    after = {"ports": {"local": 8123}, "apps": {"hello": {"source": "hello"}}, "auth": {}}
    assert fixed(Config.model_validate(after)) == fixed(LOCAL)
