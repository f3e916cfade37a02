"""What happens to clients and visitors shows in the metrics, of one process as of two workers."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.relay.gateway.app import NOISE, App
from tests.integration.relay.gateway.conftest import running
from tests.integration.relay.workers.company import Company
from tests.running.process import child, free_port
from tests.running.relay import WANTED, RelayProcess, gradios_client
from tests.running.traefik import until

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Metrics:
    """How the relay's metrics have changed since now; labels follow the name after a slash."""

    def __init__(self, relay: RelayProcess) -> None:
        self._relay = relay
        self._before = self._now()

    def _now(self) -> dict[str, float]:
        families = text_string_to_metric_families(self._relay.ask("GET", "/metrics").text)
        return {
            "/".join((one.name.removeprefix("appliance_"), *one.labels.values())): one.value
            for family in families
            for one in family.samples
        }

    def grown(self, name: str) -> float:
        return self._now().get(name, 0) - self._before.get(name, 0)

    def reach(self, least: dict[str, float]) -> None:
        """Wait until each has grown so much; workers tell once a second what they counted."""
        until(lambda: all(self.grown(name) >= value for name, value in least.items()))


@pytest.fixture(scope="module", params=[1, 2], ids=["alone", "two workers"])
def relay(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RelayProcess]:
    """Nobody else's: workers may tell a second later what others did before."""
    made = RelayProcess(tmp_path_factory.mktemp("counted"), workers=request.param)
    with made.started():
        yield made


@pytest.fixture
def company(told: RelayProcess, tmp_path: Path) -> Iterator[tuple[Company, int]]:
    """Starts shares of an app; the app's port."""
    port = free_port()
    with running(App(tmp_path), port):
        yield Company(told, tmp_path, port), port


def url(relay: RelayProcess, path: str) -> str:
    return f"http://127.0.0.1:{relay.visitors}{path}"


def host(name: str) -> dict[str, str]:
    return {"Host": f"{name}.{WANTED['domain']}"}


def get(relay: RelayProcess, name: str, path: str = "/seen") -> int:
    return httpx.get(url(relay, path), headers=host(name), timeout=60).status_code


def test_what_clients_and_visitors_do_is_counted(company: tuple[Company, int]) -> None:
    made, _ = company
    relay, metrics = made.relay, Metrics(made.relay)
    with ExitStack() as clients:
        name = made.share(clients)
        come = ("connections_total", "logins_total", "opened_total", "clients", "tunnels")
        metrics.reach({**{f"tunnel_{one}": 1 for one in come}, "shares/live": 1})

        assert [get(relay, name) for _ in range(5)] == [200] * 5
        assert get(relay, "nobody") == httpx.codes.NOT_FOUND
        with httpx.stream("GET", url(relay, "/endless"), headers=host(name), timeout=60) as answer:
            next(answer.iter_raw())
        with pytest.raises(httpx.RemoteProtocolError):
            get(relay, name, "/broken")
        upgrade = {**host(name), **UPGRADE}
        with httpx.stream("GET", url(relay, "/echo"), headers=upgrade, timeout=60) as answer:
            assert answer.status_code == httpx.codes.SWITCHING_PROTOCOLS
            metrics.reach({"gateway_open": 1})
        metrics.reach(
            {
                "gateway_requests_total": 9,
                "gateway_answers_total/unknown": 1,
                "gateway_left_total": 2,
                "gateway_aborted_total": 1,
                "gateway_upgrades_total": 1,
                "tunnel_streams_asked_total": 1,
                "tunnel_streams_given_total": 1,
            }
        )
        # Once, whichever worker a visitor came to and whichever has the share.
        once = ("requests_total", "answers_total/unknown", "upgrades_total", "left_total")
        assert [metrics.grown(f"gateway_{one}") for one in once] == [9, 1, 1, 2]
        large = 32 << 20

        def stalled() -> bool:
            body = NOISE * (large >> 20)
            httpx.post(url(relay, "/digest"), headers=host(name), content=body, timeout=60)
            return metrics.grown("tunnel_window_stalls_total") > 0

        until(stalled)
        assert get(relay, name, f"/noise/{large >> 20}") == httpx.codes.OK
        ways = ("gateway_received", "gateway_sent", "tunnel_received", "tunnel_sent")
        metrics.reach({f"{way}_total": large for way in ways})
    metrics.reach({"tunnel_closed_total/disconnected": 1})
    until(lambda: metrics.grown("tunnel_clients") == metrics.grown("shares/live") == 0)
    until(lambda: metrics.grown("gateway_open") == 0)


def test_what_goes_wrong_is_counted_by_its_kind(
    told: RelayProcess, company: tuple[Company, int], tmp_path: Path
) -> None:
    metrics = Metrics(told)
    nobody = Company(told, tmp_path, free_port())
    with ExitStack() as clients:
        name = nobody.share(clients)
        # An app that is not there: asked in vain, then again, then not asked any more.
        until(
            lambda: (
                get(told, name) == httpx.codes.BAD_GATEWAY
                and metrics.grown("tunnel_visitors_refused_total") > 0
            )
        )
    metrics.reach(
        {
            "gateway_retries_total": 1,
            "gateway_answers_total/refused": 2,
            "tunnel_streams_empty_total": 2,
        }
    )
    with socket.create_connection(("127.0.0.1", told.clients)) as stranger:
        metrics.reach({"tunnel_newcomers": 1})
        stranger.sendall(b"\xff" * 20)
        with suppress(ConnectionError):
            assert stranger.recv(1) == b""
    metrics.reach({"tunnel_dropped_total/no protocol": 1})
    told.want({**WANTED, "who_can_share": "key"})
    log = tmp_path / "stranger.log"
    command = gradios_client(f"127.0.0.1:{told.clients}", company[1], "stranger")
    with child(command, folder=tmp_path, log=log, environment={}):
        metrics.reach({"tunnel_refused_total/key": 1})
    told.want(WANTED)
