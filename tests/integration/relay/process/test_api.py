"""The relay process through its socket: settings, keys, metrics, ports."""

import socket
import threading
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.running.process import connects
from tests.running.relay import WANTED, RelayProcess
from tests.running.traefik import until


def test_clients_come_in_only_while_something_is_shared(relay: RelayProcess) -> None:
    assert not relay.want(None)["listening"]
    assert not connects(relay.clients)
    assert relay.want(WANTED)["listening"]
    assert connects(relay.clients)
    assert not relay.want(None)["listening"]
    assert not connects(relay.clients)


def test_a_port_in_use_is_told_and_taken_once_it_is_free(relay: RelayProcess) -> None:
    relay.want(None)
    with socket.create_server(("127.0.0.1", relay.clients)):
        status = relay.want(WANTED)
        assert not status["listening"]
        assert f"port {relay.clients} cannot be used" in status["problems"][0]
    until(lambda: relay.ask("GET", "/status").json()["listening"])
    assert relay.ask("GET", "/status").json()["problems"] == []


def test_a_certificate_that_cannot_be_read_is_told(told: RelayProcess, tmp_path: Path) -> None:
    missing = {"chain": str(tmp_path / "chain.pem"), "key": str(tmp_path / "key.pem")}
    status = told.want(WANTED, certificates=[missing])
    assert "chain.pem" in status["problems"][0]
    assert status["listening"]
    assert told.want(WANTED)["problems"] == []


def test_news_wake_those_who_wait(told: RelayProcess) -> None:
    version = told.ask("GET", "/status").json()["version"]
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(
            told.ask("GET", "/status", params={"after": version, "timeout": 50}).json()
        )
    )
    waiting.start()
    told.want({**WANTED, "domain": "other.localhost"})
    waiting.join(60)
    assert answers[0]["version"] > version


def test_a_key_is_shown_once_and_never_again(told: RelayProcess) -> None:
    made = told.ask("POST", "/keys", json={"name": "ada", "shares": 2, "lifetime": "none"})
    assert made.status_code == 201
    secret = made.json()["secret"]
    listed = told.ask("GET", "/keys")
    assert secret not in listed.text
    ada = next(key for key in listed.json() if key["name"] == "ada")
    assert (ada["name"], ada["shares"], ada["lifetime"]) == ("ada", 2, "none")
    again = told.ask("POST", "/keys", json={"name": "ada"})
    assert again.status_code == 409
    assert "revoke it" in again.json()["detail"]
    assert told.ask("DELETE", "/keys/ada").json()["revoked"]
    gone = told.ask("DELETE", "/keys/ada")
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown-key")
    assert told.ask("POST", "/keys", json={"name": "No name"}).status_code == 422
    assert secret not in (told.folder / "relay.log").read_text()


def test_what_is_not_there_is_said_so(told: RelayProcess) -> None:
    for path, body in (("kick", None), ("extend", {"by": 60})):
        answer = told.ask("POST", f"/shares/nobody/{path}", json=body)
        assert answer.status_code == 404
        said = {"detail": "There is no share 'nobody'.", "code": "unknown-share"}
        assert answer.json() == said
    assert "nobody" not in told.shares()


def test_metrics_are_prometheus(told: RelayProcess) -> None:
    answer = told.ask("GET", "/metrics")
    families = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {
        "appliance_shares",
        "appliance_tunnel_clients",
        "appliance_gateway_requests",
    } <= families


def test_a_second_start_knows_the_keys_of_the_first(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path)
    with relay.started():
        made = relay.ask("POST", "/keys", json={"name": "ada"}).raise_for_status().json()
    with relay.started():
        assert [key["name"] for key in relay.ask("GET", "/keys").json()] == ["ada"]
    for file in (tmp_path / "data" / "relay").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
        for secret in (made["secret"], made["label"]):
            assert secret.encode() not in file.read_bytes()
