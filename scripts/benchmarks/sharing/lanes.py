"""The servers and clients that are compared: each lane is a share of the same app."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from appliance.relay.client.tokens import folder as tokens_folder
from appliance.relay.client.tokens import kept
from appliance.relay.names import hashed
from scripts.benchmarks.sharing.load import Place, answers
from tests.running.frpc import binary as gradios_binary
from tests.running.process import child, free_port, wait_until
from tests.running.relay import WANTED, RelayProcess
from tests.running.stock_frp import SUBDOMAINS, frpc_command, frps

HERE = Path(__file__).parent
SHARES = 6000
ROUND_TRIP = 50
"""Milliseconds of the long way."""


@dataclass(frozen=True)
class Server:
    pid: int
    near: int
    """Its clients' port."""
    far: int
    """The same, a long way off."""
    visitors: int
    """Its visitors' port."""
    domain: str


@dataclass(frozen=True)
class Client:
    """How to start it: for a folder, the server's port, the app's port and a word of its own."""

    command: Callable[[Path, int, int, str], list[str]]
    label: Callable[[Path, int, int, str], str]


@dataclass(frozen=True)
class Lane:
    name: str
    server: Server
    client: Client
    app: int
    near: Place
    far: Place


def _stock_command(folder: Path, server: int, app: int, word: str) -> list[str]:
    return frpc_command(folder, server, app, word, useEncryption=True, useCompression=True)


def _gradios_command(_folder: Path, server: int, app: int, word: str) -> list[str]:
    options = ["--uc", "--ue", "--sd", "random", "--server_addr", f"127.0.0.1:{server}"]
    return [gradios_binary(), "http", "-n", word, "-l", str(app), "-i", "127.0.0.1", *options]


def _own_command(_folder: Path, server: int, app: int, _word: str) -> list[str]:
    return [sys.executable, "-m", "appliance", "share", str(app), "--server", f"127.0.0.1:{server}"]


def _own_label(folder: Path, server: int, app: int, word: str) -> str:
    shares = tokens_folder({"XDG_STATE_HOME": str(folder / word)})
    return hashed(kept(shares, f"127.0.0.1:{server}", f"127.0.0.1:{app}"))


STOCK = Client(_stock_command, lambda _folder, _server, _app, word: word)
GRADIOS = Client(_gradios_command, lambda _folder, _server, _app, word: hashed(word))
OWN = Client(_own_command, _own_label)


@contextmanager
def servers(folder: Path) -> Iterator[tuple[Server, Server]]:
    """Frps and our relay."""
    with ExitStack() as stack:
        stock = stack.enter_context(frps(folder))
        relay = RelayProcess(folder)
        stack.enter_context(relay.started())
        limits = {"max_shares": SHARES, "per_address": SHARES, "expires": 3600}
        relay.want({**WANTED, **limits})
        far = [stack.enter_context(_far(folder, port)) for port in (stock.port, relay.clients)]
        yield (
            Server(stock.pid, stock.port, far[0], stock.http_port, SUBDOMAINS),
            Server(relay.pid, relay.clients, far[1], relay.visitors, WANTED["domain"]),
        )


@contextmanager
def lane(folder: Path, name: str, server: Server, client: Client, app: int) -> Iterator[Lane]:
    """Two shares of the app, one of them from far away."""
    word = name.lower().translate(str.maketrans(" +'.", "----"))
    with (
        shared(folder, server, client, server.near, app, f"near-{word}") as near,
        shared(folder, server, client, server.far, app, f"far-{word}") as far,
    ):
        yield Lane(name, server, client, app, near, far)


@contextmanager
def shared(  # noqa: PLR0913, PLR0917 - a client is all of these
    folder: Path, server: Server, client: Client, port: int, app: int, word: str, poll: float = 0.1
) -> Iterator[Place]:
    """One client until the end; its share answers."""
    label = client.label(folder, port, app, word)
    place = Place(server.visitors, f"{label}.{server.domain}")
    log = folder / f"{word}.log"
    command = client.command(folder, port, app, word)
    environment = {"XDG_STATE_HOME": str(folder / word)}
    with child(command, folder=folder, log=log, environment=environment) as process:
        wait_until(lambda: answers(place), process, log, 60, poll)
        yield place


@contextmanager
def app(folder: Path) -> Iterator[int]:
    """The app's port."""
    with _python(folder, "backend.py") as port:
        yield port


@contextmanager
def _far(folder: Path, target: int) -> Iterator[int]:
    with _python(folder, "distance.py", str(target), str(ROUND_TRIP)) as port:
        yield port


@contextmanager
def _python(folder: Path, name: str, *arguments: str) -> Iterator[int]:
    port = free_port()
    log = folder / f"{name}-{port}.log"
    command = [sys.executable, str(HERE / name), str(port), *arguments]
    with child(command, folder=folder, log=log, environment={}) as process:
        wait_until(lambda: _listens(port), process, log, 60)
        yield port


def _listens(port: int) -> bool:
    return any(
        connection.laddr.port == port and connection.status == psutil.CONN_LISTEN
        for connection in psutil.net_connections("tcp4")
        if connection.laddr
    )
