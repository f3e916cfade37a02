"""frp's own client at the relay process: over TLS as it does by default, with a key by SNI."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.running.process import child
from tests.running.relay import WANTED, RelayProcess
from tests.running.relay_authority import Authority
from tests.running.stock_frp import binary
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving

DOMAIN = WANTED["domain"]
PROXIES = {
    "board": 'subdomain = "board"\nlocations = ["/a", "/b"]\nhostHeaderRewrite = "inner.test"\n'
    'requestHeaders.set.x-from = "frpc"\nresponseHeaders.set.x-answer = "frpc"',
    "rest": 'subdomain = "board"\nlocations = ["/"]',
    "safe": 'subdomain = "safe"\nhttpUser = "ada"\nhttpPassword = "pass word"',
    "own": f'customDomains = ["own.{DOMAIN}"]',
    "foreign": 'customDomains = ["www.example.com"]',
}


def configured(relay: RelayProcess, label: str, board: Upstream, rest: Upstream) -> Path:
    """Its configuration: nothing said of TLS but the name to ask for."""
    lines = [
        f'serverAddr = "localhost"\nserverPort = {relay.clients}',
        f'transport.tls.serverName = "{label}.{DOMAIN}"',
        "log.disablePrintColor = true",
    ]
    for name, said in PROXIES.items():
        port = (rest if name == "rest" else board).url.rpartition(":")[2]
        lines.append(f'[[proxies]]\nname = "{name}"\ntype = "http"\nlocalPort = {port}\n{said}')
    file = relay.folder / "upstream.toml"
    file.write_text("\n".join(lines))
    return file


def inside_of(name: str, relay: RelayProcess, label: str, app: Upstream) -> str:
    """The configuration of somebody who wants one path of another's host."""
    port = app.url.rpartition(":")[2]
    return (
        f'serverAddr = "localhost"\nserverPort = {relay.clients}\n'
        f'transport.tls.serverName = "{label}.{DOMAIN}"\nlog.disablePrintColor = true\n'
        f'[[proxies]]\nname = "inside"\ntype = "http"\nlocalPort = {port}\n'
        f'subdomain = "{name}"\nlocations = ["/login"]\n'
    )


def visit(relay: RelayProcess, name: str, path: str = "/", **more: Any) -> httpx.Response:
    url = f"http://127.0.0.1:{relay.visitors}{path}"
    return httpx.get(url, headers={"Host": f"{name}.{DOMAIN}"}, timeout=60, **more)


@pytest.mark.timeout(300)
def test_all_that_its_proxies_may_ask_for(relay: RelayProcess, tmp_path: Path) -> None:
    files = Authority(tmp_path).issue("localhost", f"*.{DOMAIN}")
    only_keys = {**WANTED, "plain": False, "who_can_share": "key"}
    paths = [{"chain": str(files.chain), "key": str(files.key)}]
    assert relay.want(only_keys, certificates=paths)["tls"]
    key = relay.ask("POST", "/keys", json={"name": "frp"}).json()

    board, rest = Upstream("board"), Upstream("rest")
    config, log = configured(relay, key["label"], board, rest), tmp_path / "frpc.log"
    command = [binary("frpc", tmp_path), "-c", str(config)]
    with (
        serving(board, board.url),
        serving(rest, rest.url),
        child(command, folder=tmp_path, log=log, environment={}),
    ):
        until(lambda: log.read_text().count("start proxy success") == 4)
        until(lambda: "[foreign] start error" in log.read_text())
        assert f"'www.example.com' is not one name below {DOMAIN}" in log.read_text()

        answer = visit(relay, "board", "/a/deep?x=1")
        assert answer.headers["x-answer"] == "frpc"
        seen = answer.json()
        assert (seen["name"], seen["path"], seen["query"]) == ("board", "/a/deep", "x=1")
        headers = dict(seen["headers"])
        assert headers["host"] == "inner.test"
        assert headers["x-from"] == "frpc"
        assert headers["x-forwarded-host"] == f"board.{DOMAIN}"
        assert visit(relay, "board", "/b").json()["name"] == "board"
        assert visit(relay, "board", "/c").json()["name"] == "rest"

        refused = visit(relay, "safe")
        assert refused.status_code == httpx.codes.UNAUTHORIZED
        assert refused.headers["www-authenticate"].startswith("Basic")
        assert visit(relay, "safe", auth=("ada", "guess")).status_code == 401
        within = visit(relay, "safe", auth=("ada", "pass word")).json()
        assert "authorization" not in dict(within["headers"])

        eve = relay.ask("POST", "/keys", json={"name": "eve"}).json()
        inside, hers = tmp_path / "inside.log", relay.folder / "inside.toml"
        hers.write_text(inside_of("safe", relay, eve["label"], rest))
        intruder = [binary("frpc", tmp_path), "-c", str(hers)]
        with child(intruder, folder=tmp_path, log=inside, environment={}):
            until(lambda: "the name 'safe' belongs to somebody else" in inside.read_text())
        assert visit(relay, "safe", "/login").status_code == httpx.codes.UNAUTHORIZED

        assert visit(relay, "own").json()["name"] == "board"
        assert visit(relay, "foreign").status_code == httpx.codes.NOT_FOUND
        assert {one["owner"] for one in relay.shares().values() if one["state"] == "live"} == {
            "frp"
        }

    stranger = config.read_text().replace(key["label"], f"door-{'a' * 26}")
    config.write_text(stranger)
    log.write_text("")
    with child(command, folder=tmp_path, log=log, environment={}):
        until(lambda: "this key is not valid" in log.read_text())
    relay.want(WANTED)
