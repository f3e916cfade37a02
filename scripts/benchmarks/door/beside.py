"""What ForwardAuth's answers take while the pages beside it are busy.

Both on one loop of one process, as in `control`: `python beside.py FOLDER PAGES_PORT FORWARD_PORT`
serves them, with five hundred shares and passwords hashed as they are in earnest.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import uvloop

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from appliance.auth.forward.traefik import guard_path  # noqa: E402
from appliance.auth.people.passwords import Passwords  # noqa: E402
from appliance.listening import Server, tcp  # noqa: E402
from appliance.web.dashboard import places  # noqa: E402
from tests.running.populated import SHARES, populated  # noqa: E402
from tests.running.process import answers, child, free_port, wait_until  # noqa: E402

AT_ONCE = 4
"""Who ask for pages, or try passwords, each anew once answered."""
_HOST, _CREDENTIALS = "localhost", "credentials.json"


class Took(NamedTuple):
    """Milliseconds of an answer to one visitor who asks again and again."""

    p50: float
    p95: float


class Busy(NamedTuple):
    pages: str
    forward: str
    session: str


def table(folder: Path, rounds: int, seconds: int) -> str:
    """A row for what goes on beside; the median of alternating rounds."""
    with _serving(folder) as busy:
        beside: dict[str, Callable[[int], None] | None] = {
            "nothing": None,
            f"{AT_ONCE} ask for the page of {SHARES} shares": lambda _: _page(busy),
            f"{AT_ONCE} try passwords": lambda number: _try(busy, number),
        }
        found: dict[str, list[Took]] = {name: [] for name in beside}
        for _ in range(rounds):
            for name, ask in beside.items():
                with _asking(ask):
                    found[name].append(_checks(busy, seconds))
    lines = ["| beside it | p50 | p95 |", "|---|---:|---:|"]
    for name, took in found.items():
        p50, p95 = (statistics.median(getattr(one, what) for one in took) for what in Took._fields)
        lines.append(f"| {name} | {p50:.2f} ms | {p95:.2f} ms |")
    return "\n".join(lines)


def _checks(busy: Busy, seconds: int) -> Took:
    """Asked as Traefik does, without it: what it adds is in the other table."""
    command = ["wrk", "-t1", "-c1", f"-d{seconds}s", "--timeout", "30s"]
    told = {"Method": "GET", "Host": _HOST, "Uri": "/slow/", "For": "192.0.2.1", "Proto": "http"}
    headers = [*(f"X-Forwarded-{name}: {value}" for name, value in told.items())]
    for header in (*headers, f"Cookie: appliance-session={busy.session}"):
        command += ["-H", header]
    command += ["-s", str(Path(__file__).with_name("wrk.lua")), busy.forward + guard_path("slow")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    figures = json.loads(done.stdout.splitlines()[-1])
    assert not figures["refused"], figures
    assert not figures["errors"], figures
    return Took(figures["p50"], figures["p95"])


@contextmanager
def _asking(ask: Callable[[int], None] | None) -> Iterator[None]:
    """Some who go on asking until they are told to stop. Raises what one of them met."""
    stopped, met, numbers = threading.Event(), list[Exception](), iter(range(10**9))

    def on() -> None:
        while ask is not None and not stopped.is_set():
            try:
                ask(next(numbers))
            except (httpx.HTTPError, AssertionError) as error:
                met.append(error)
                return

    askers = [threading.Thread(target=on) for _ in range(AT_ONCE)]
    for one in askers:
        one.start()
    try:
        yield
    finally:
        stopped.set()
        for one in askers:
            one.join()
    if met:
        raise met[0]


def _page(busy: Busy) -> None:
    cookie = {"Cookie": f"appliance-session={busy.session}", "Accept": "text/html"}
    answer = httpx.get(busy.pages + places.SHARES, headers=cookie, timeout=60)
    assert answer.is_success, answer


def _try(busy: Busy, number: int) -> None:
    """A name and an address that nobody has tried yet, so that no lockout spares the hash."""
    where = {"X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
    form = {"username": f"nobody-{number}", "password": "wrong password"}
    answer = httpx.post(f"{busy.pages}/slow/login", data=form, headers=where, timeout=60)
    assert answer.status_code in (401, 503), answer


@contextmanager
def _serving(folder: Path) -> Iterator[Busy]:
    ports = free_port(), free_port()
    pages, forward = (f"http://{_HOST}:{port}" for port in ports)
    command = [sys.executable, str(Path(__file__)), str(folder), *map(str, ports)]
    log = folder / "beside.log"
    with ExitStack() as stack:
        running = child(command, folder=ROOT, log=log, environment={"PYTHONPATH": str(ROOT)})
        process = stack.enter_context(running)
        wait_until(lambda: answers(f"{pages}/-/healthz"), process, log, 120)
        shown = json.loads((folder / _CREDENTIALS).read_text())
        yield Busy(pages, forward, shown["session"])


async def _serve(folder: Path, pages: int, forward: int) -> None:
    house = populated(folder / "house", passwords=Passwords())
    signed = house.door.sessions.start(house.door.people.named("ada").id, _HOST, ["password"])
    (folder / _CREDENTIALS).write_text(json.dumps({"session": signed.secret}))
    servers = (
        Server(house.app, tcp("127.0.0.1", pages)),
        Server(house.forward, tcp("127.0.0.1", forward)),
    )
    await asyncio.gather(*(server.run_until_stopped() for server in servers))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
