"""Gradio's own client at the relay process: over TLS, and until its time is up."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from appliance.control.relay import RelayClient, RelayRefused
from appliance.relay.names import hashed
from tests.running.process import child
from tests.running.relay import WANTED, RelayProcess, gradios_client
from tests.running.relay_authority import Authority
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving

TOKEN = "testtoken"
NAME = "ada63e98fe50eccb55"


@pytest.fixture(scope="module")
def app() -> Iterator[Upstream]:
    made = Upstream("shared")
    with serving(made, made.url):
        yield made


def get(relay: RelayProcess, name: str, password: str = "") -> httpx.Response:
    """As Traefik asks for a visitor."""
    host = {"Host": f"{name}.share.localhost"}
    auth = ("any", password) if password else None
    return httpx.get(f"http://127.0.0.1:{relay.visitors}/", headers=host, auth=auth, timeout=60)


def command(relay: RelayProcess, app: Upstream, token: str, *options: str) -> list[str]:
    port = int(app.url.rpartition(":")[2])
    return gradios_client(f"localhost:{relay.clients}", port, token, *options)


def shown(relay: RelayProcess) -> str:
    return ssl.get_server_certificate(("localhost", relay.clients), timeout=20)


def test_clients_come_by_tls_and_a_new_certificate_is_taken_up(
    told: RelayProcess, app: Upstream, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("localhost")
    paths = [{"chain": str(files.chain), "key": str(files.key)}]
    assert told.want({**WANTED, "plain": False}, certificates=paths)["tls"]
    trusting = ("--tls_enable", "--tls_trusted_ca_file", str(authority.file))
    log = tmp_path / "client.log"
    begin = command(told, app, TOKEN, *trusting)
    with child(begin, folder=tmp_path, log=log, environment={}):
        until(lambda: f"start proxy success: http://{NAME}.share.localhost" in log.read_text())
        assert get(told, NAME).json()["name"] == "shared"

        before = shown(told)
        authority.issue("localhost")  # in the same files
        until(lambda: shown(told) != before)
        assert get(told, NAME).json()["name"] == "shared"
    plain = tmp_path / "plain.log"
    with child(command(told, app, "other"), folder=tmp_path, log=plain, environment={}):
        until(lambda: "this relay takes clients over TLS only" in plain.read_text())
    told.want(WANTED)


def test_a_share_ends_when_its_time_is_up(
    told: RelayProcess, app: Upstream, tmp_path: Path
) -> None:
    told.want({**WANTED, "expires": 2})
    log = tmp_path / "client.log"
    with child(command(told, app, "short"), folder=tmp_path, log=log, environment={}) as client:
        assert client.wait(60) == 0
    assert "start proxy success" in log.read_text()
    name = next(name for name, one in told.shares().items() if one["state"] == "expired")
    answer = get(told, name)
    assert answer.status_code == httpx.codes.GONE
    assert "expired" in answer.text
    again = tmp_path / "again.log"
    with child(command(told, app, "short"), folder=tmp_path, log=again, environment={}):
        until(lambda: "login to server failed: the share" in again.read_text())
    assert "has expired" in again.read_text()
    told.want(WANTED)


def test_the_password_of_a_link_is_asked_for(
    told: RelayProcess, app: Upstream, tmp_path: Path
) -> None:
    log = tmp_path / "client.log"
    begin = command(told, app, "guarded#open sesame")
    with child(begin, folder=tmp_path, log=log, environment={}):
        until(lambda: "start proxy success" in log.read_text())
        name = next(name for name, one in told.shares().items() if one["password"])
        assert name == hashed("guarded")
        assert get(told, name).status_code == httpx.codes.UNAUTHORIZED
        assert get(told, name, "open sesame").json()["name"] == "shared"
        made = told.ask("POST", f"/shares/{name}/protect").raise_for_status().json()
        assert get(told, name, "open sesame").status_code == httpx.codes.UNAUTHORIZED
        assert get(told, name, made["password"]).json()["name"] == "shared"
        told.ask("POST", f"/shares/{name}/unprotect").raise_for_status()
        assert get(told, name, "open sesame").json()["name"] == "shared"
    assert told.ask("POST", "/keys/nobody/protect").status_code == httpx.codes.NOT_FOUND
    assert told.ask("POST", "/keys/nobody/unprotect").status_code == httpx.codes.NOT_FOUND
    assert told.ask("POST", "/shares/nobody/protect").status_code == httpx.codes.NOT_FOUND
    assert "open sesame" not in (told.folder / "relay.log").read_text()


def test_a_key_asks_for_a_password_on_all_its_links(
    told: RelayProcess, app: Upstream, tmp_path: Path
) -> None:
    made = told.ask("POST", "/keys", json={"name": "lab", "password": True}).json()
    log = tmp_path / "client.log"
    begin = command(told, app, f"labs:{made['secret']}")
    with child(begin, folder=tmp_path, log=log, environment={}):
        until(lambda: "start proxy success" in log.read_text())
        assert get(told, "labs").status_code == httpx.codes.UNAUTHORIZED
        assert get(told, "labs", made["password"]).json()["name"] == "shared"
        again = told.ask("POST", "/keys/lab/protect").json()
        assert again["key"]["password"]
        until(lambda: get(told, "labs", made["password"]).status_code == 401)
        assert get(told, "labs", again["password"]).json()["name"] == "shared"
        assert not told.ask("POST", "/keys/lab/unprotect").json()["password"]
        until(lambda: get(told, "labs").is_success)
    said = (told.folder / "relay.log").read_text() + told.ask("GET", "/keys").text
    assert made["password"] not in said
    assert again["password"] not in said
    told.ask("DELETE", "/keys/lab").raise_for_status()


def test_a_key_has_its_requests_for_all_its_links(
    told: RelayProcess, app: Upstream, tmp_path: Path
) -> None:
    made = told.ask("POST", "/keys", json={"name": "busy", "total_requests": 0.01}).json()
    tokens = [f"{name}:{made['secret']}" for name in ("one", "two")]
    with ExitStack() as clients:
        for token in tokens:
            log = tmp_path / f"{token}.log"
            begin = command(told, app, token)
            clients.enter_context(child(begin, folder=tmp_path, log=log, environment={}))
            until(lambda log=log: "start proxy success" in log.read_text())
        # As many as may come at once; with several workers the links may be at two of them.
        assert get(told, "one").is_success
        until(lambda: get(told, "two").status_code == httpx.codes.TOO_MANY_REQUESTS)
        refused = get(told, "one")
        assert refused.status_code == httpx.codes.TOO_MANY_REQUESTS
        assert "all that its owner shares" in refused.json()["detail"]
        assert refused.headers["Retry-After"] == "2"
        wider = told.ask("PATCH", "/keys/busy", json={"total_requests": None, "connections": 99})
        assert (wider.json()["total_requests"], wider.json()["connections"]) == (None, 99)
        for name in ("one", "two"):
            until(lambda name=name: get(told, name).is_success)
    assert told.ask("PATCH", "/keys/busy", json={"connections": 0}).status_code == 422
    assert told.ask("PATCH", "/keys/nobody", json={}).status_code == httpx.codes.NOT_FOUND
    told.ask("DELETE", "/keys/busy").raise_for_status()


async def extended(relay: RelayProcess, name: str) -> str:
    """The share's state once it lives an hour longer, asked for as the control process does."""
    client = RelayClient(relay.socket)
    await client.extend(name, 3600)
    with pytest.raises(RelayRefused, match="There is no share 'no/body'"):
        await client.kick("no/body")
    states = {share.name: share.state for share in (await client.shares()).shares}
    await client.kick(name)
    ended = {share.name: share.state for share in (await client.shares()).shares}
    assert ended[name] == "ended"
    await client.extend(name, "none")
    await client.close()
    return states[name]


def test_what_an_operator_ends_is_gone(told: RelayProcess, app: Upstream, tmp_path: Path) -> None:
    log = tmp_path / "client.log"
    with child(command(told, app, "long"), folder=tmp_path, log=log, environment={}) as client:
        until(lambda: "start proxy success" in log.read_text())
        name = hashed("long")
        assert told.ask("POST", f"/shares/{name}/kick").json()["state"] == "ended"
        assert client.wait(60) == 0
    assert get(told, name).status_code == httpx.codes.GONE
    assert asyncio.run(extended(told, name)) == "away"
    assert get(told, name).status_code == httpx.codes.SERVICE_UNAVAILABLE
