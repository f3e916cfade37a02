"""Workers and relays that end: what their clients and visitors notice."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.relay.gateway.app import App
from tests.integration.relay.gateway.conftest import running
from tests.integration.relay.workers.company import Company, ask, company
from tests.integration.relay.workers.conftest import Shared
from tests.running.process import free_port
from tests.running.relay import WANTED, RelayProcess
from tests.running.traefik import until


def test_only_the_clients_of_a_worker_that_dies_are_cut_off_and_they_return(
    shared: Shared,
) -> None:
    made, (lost, other) = shared.company, shared.names
    shared.app.go.clear()
    former = made.workers()[0]
    with made.visitor(1) as visitor, ask(visitor, other, "/events") as stream:
        assert stream.readline() == b"data: first\n"
        os.kill(former, signal.SIGKILL)
        until(lambda: made.workers().get(0) not in (None, former))
        until(lambda: made.live(lost))
        for worker in (0, 1):
            until(lambda w=worker: made.get(w, lost) == httpx.codes.OK)
            assert made.get(worker, other) == httpx.codes.OK
        shared.app.go.set()
        assert b"data: second" in stream.read()
    log = (made.folder / "relay.log").read_text()
    assert '"worker": 0, "reason": "signal 9", "event": "relay.worker_ended"' in log


def test_a_worker_that_hangs_is_replaced_and_its_clients_return(shared: Shared) -> None:
    made, other = shared.company, shared.names[1]
    witness = made.worker_of(other)
    hanging = 1 - witness
    shared.app.go.clear()
    with (
        ExitStack() as clients,
        made.visitor(witness) as visitor,
        ask(visitor, other, "/events") as stream,
    ):
        assert stream.readline() == b"data: first\n"
        lost, former = made.share_at(clients, hanging), made.workers()[hanging]
        os.kill(former, signal.SIGSTOP)
        until(lambda: made.workers().get(hanging) not in (None, former))
        until(lambda: made.live(lost) and made.live(other))
        for worker in (0, 1):
            until(lambda w=worker: made.get(w, lost) == httpx.codes.OK)
        shared.app.go.set()
        assert b"data: second" in stream.read()
    assert '"event": "relay.worker_hangs"' in (made.folder / "relay.log").read_text()


def test_no_worker_outlives_its_relay(tmp_path: Path) -> None:
    with company(tmp_path, free_port()) as made:
        workers = list(made.workers().values())
        assert len(workers) == 2
        os.kill(made.relay.pid, signal.SIGKILL)
        until(lambda: not any(map(running_still, workers)))


def running_still(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def app(tmp_path: Path):
    made, port = App(tmp_path), free_port()
    with running(made, port):
        yield made, port


@pytest.mark.parametrize("workers", [1, 2])
def test_a_relay_that_ends_lets_requests_end(
    app: tuple[App, int], tmp_path: Path, workers: int
) -> None:
    made, port = app
    relay = RelayProcess(tmp_path, workers=workers)
    with ExitStack() as clients, relay.started():
        relay.want(WANTED)
        name = Company(relay, tmp_path, port).share(clients)
        with visited(relay, name, "/events") as answer:
            lines = answer.iter_lines()
            assert next(lines) == "data: first"
            os.kill(relay.pid, signal.SIGTERM)
            until(lambda: refuses(relay))
            made.go.set()
            assert "data: second" in list(lines)


def test_links_return_after_a_restart(app: tuple[App, int], tmp_path: Path) -> None:
    _, port = app
    relay = RelayProcess(tmp_path, workers=2)
    with ExitStack() as clients:
        with relay.started():
            relay.want(WANTED)
            here = Company(relay, tmp_path, port)
            names = {here.share(clients) for _ in range(3)}
            assert all(answers(relay, name) for name in names)
        with relay.started():
            relay.want(WANTED)
            # Counted to the last before the former one ended.
            assert {name: s["requests"] for name, s in relay.shares().items()} == dict.fromkeys(
                names, 1
            )
            until(lambda: all(answers(relay, name) for name in names))


@contextmanager
def visited(relay: RelayProcess, name: str, path: str) -> Iterator[httpx.Response]:
    url, host = f"http://127.0.0.1:{relay.visitors}{path}", f"{name}.share.localhost"
    with httpx.stream("GET", url, headers={"Host": host}, timeout=60, trust_env=False) as answer:
        yield answer


def answers(relay: RelayProcess, name: str) -> bool:
    with visited(relay, name, "/seen") as answer:
        return answer.is_success


def refuses(relay: RelayProcess) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{relay.visitors}/", timeout=5)
    except httpx.ConnectError:
        return True
    return False
