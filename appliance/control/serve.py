"""The control process: pages and ForwardAuth on TCP, its API on a Unix socket, and who follow."""

import asyncio
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
import uvicorn
from fastapi import FastAPI

from appliance.auth.door import Door, open_door
from appliance.auth.forward import Forward
from appliance.auth.metrics import AuthMetrics
from appliance.auth.visibility import Visibility
from appliance.certs import keeping
from appliance.certs.metrics import CertificateMetrics
from appliance.config.addresses import trusted
from appliance.config.schema import Config
from appliance.control import configuration, guarding, hosting, relaying, visiting
from appliance.control.api import api
from appliance.control.apphost import AppHost
from appliance.control.board import Board
from appliance.control.certificates import Certificates
from appliance.control.certificates_api import certificate_verbs, probed
from appliance.control.examination import Doctor
from appliance.control.metrics import Ask, ControlMetrics, Metrics, exporter, metrics_page
from appliance.control.relay import RelayClient
from appliance.control.routing import Routing
from appliance.control.settings import Settings
from appliance.control.snapshot import snapshot
from appliance.control.status import Notice, Snapshot
from appliance.proxy.files import prepare
from appliance.proxy.traefik import Traefik
from appliance.visits.api import visits_verbs
from appliance.visits.keeping import Visits
from appliance.visits.metrics import VisitsMetrics
from appliance.web.certificate import certificate_pages
from appliance.web.dashboard.machine import Machine
from appliance.web.greeting import greeter
from appliance.web.pages import pages
from appliance.web.thumbnails import thumbnails
from appliance.web.visitor import VisitorAddress

_log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    # A new key at each start: Traefik reads it from its file, nobody else has to know it.
    key = secrets.token_urlsafe(32)
    keeping.start(settings.certificates)
    prepare(settings.traefik_folder, settings.traefik_listen, key)
    folder = settings.file.absolute().parent
    board = Board(configuration.first(settings.file))
    door = open_door(
        settings.data,
        lambda: guarding.rules(board.facts.config),
        database=guarding.database(
            configuration.at_start(settings.file, settings.last_good), folder
        ),
    )
    forward = guarding.forward(door)
    certificates = Certificates(board, settings.certificates)
    host, traefik = AppHost(settings.apps_socket), Traefik(settings.traefik_url, key)
    relay = RelayClient(settings.relay_socket) if settings.shares_url else None

    doctor = Doctor(board, settings.certificates, lambda: probed(certificates))
    visibility = Visibility(forward, door.keys.forms)

    def now() -> Snapshot:
        return snapshot(board.facts, settings.published)

    def config() -> Config:
        return board.facts.config

    visits = visiting.visits(door.engine, config, host, relay)
    metrics = _metrics(board, door, visits, host, traefik, relay)
    machine = Machine(board, now, host, relay, certificates, doctor, visits)
    routing = Routing(board, settings.traefik_folder, traefik, host)
    servers = (
        _Server(
            VisitorAddress(
                pages(
                    now,
                    (
                        certificate_pages(now, certificates.certbot.webroot),
                        *guarding.routers(door, config, folder),
                        *guarding.embedded(door, now, visibility),
                        guarding.dashboard(door, config, folder, machine),
                        thumbnails(now, host.thumbnail, visibility),
                    ),
                    visibility,
                    greeter(door, config),
                    guarding.programs(door, forward, machine),
                ),
                lambda: trusted(board.facts.config),
            ),
            _tcp(*settings.pages_listen),
        ),
        _Server(forward, _tcp(*settings.forward_listen)),
        _Server(
            guarding.administered(
                api(
                    now,
                    certificate_verbs(certificates),
                    visits_verbs(visits),
                    metrics_page(metrics),
                ),
                door,
                config,
            ),
            _unix(settings.control_socket),
        ),
        *_exporters(metrics, settings.metrics_listen),
    )
    sources = configuration.Sources(settings.file, settings.last_good, door.keys.public_pem)
    try:
        async with asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(configuration.follow(board, sources))]
            # Nobody is told anything before it is known; connections wait that long.
            await board.until(lambda: board.facts.read)
            serving = [tasks.create_task(server.run_until_stopped()) for server in servers]
            following += [
                tasks.create_task(hosting.follow(board, host)),
                tasks.create_task(certificates.follow()),
                tasks.create_task(
                    routing.follow(settings.pages_url, settings.forward_url, settings.shares_url)
                ),
                tasks.create_task(visiting.follow(board, visits)),
                tasks.create_task(guarding.follow(board, door, forward)),
                tasks.create_task(guarding.tidy(board, door)),
                tasks.create_task(_tell_notices(board, now)),
            ]
            if relay is not None:
                following.append(tasks.create_task(relaying.follow(board, relay, folder)))
            _log.info("control.started", file=str(settings.file), pages=settings.pages_url)
            await _first(stopped, *serving)
            for task in following:
                task.cancel()
            for server in servers:
                server.should_exit = True
    finally:
        await visiting.last(visits)
        await host.close()
        await traefik.close()
        if relay is not None:
            await relay.close()
        await asyncio.to_thread(door.tidy)
        settings.control_socket.unlink(missing_ok=True)
    _log.info("control.stopped")


class _Server(uvicorn.Server):
    """One of the servers in one process; signals are handled above."""

    def __init__(self, app: FastAPI | Forward | VisitorAddress, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                # Traefik is the only peer and says who the visitor is; nobody here asks.
                proxy_headers=False,
                # Longer than Traefik keeps an idle connection.
                timeout_keep_alive=30,
                timeout_graceful_shutdown=2,
            )
        )
        self._listener = listener

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def run_until_stopped(self) -> None:
        await self.serve(sockets=[self._listener])


def _metrics(  # noqa: PLR0913, PLR0917 - everybody who has some
    board: Board,
    door: Door,
    visits: Visits,
    host: AppHost,
    traefik: Traefik,
    relay: RelayClient | None,
) -> Metrics:
    others: dict[str, Ask] = {"apps": host.metrics, "proxy": traefik.metrics}
    if relay is not None:
        others["relay"] = relay.metrics
    own = (
        ControlMetrics(lambda: board.facts),
        CertificateMetrics(lambda: board.facts.certificates),
        AuthMetrics(door),
        VisitsMetrics(visits.tally),
    )
    return Metrics(own, others)


def _exporters(metrics: Metrics, listen: tuple[str, int] | None) -> tuple[_Server, ...]:
    return () if listen is None else (_Server(exporter(metrics), _tcp(*listen)),)


def _tcp(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _unix(path: Path) -> socket.socket:
    """Owner and group may speak; a socket left by an earlier run is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o660)
    listener.listen()
    return listener


async def _first(stopped: asyncio.Event, *serving: asyncio.Task[None]) -> None:
    asked = asyncio.create_task(stopped.wait())
    await asyncio.wait({asked, *serving}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()


async def _tell_notices(board: Board, now: Callable[[], Snapshot]) -> None:
    """Once for each, in the log: in public mode no page shows them."""
    told: set[Notice] = set()
    while True:
        seen = board.version
        notices = set(now().status.notices)
        for notice in notices - told:
            _log.warning("notice", code=notice.code, text=notice.message, remedy=notice.remedy)
        told = notices
        await board.newer(seen)
