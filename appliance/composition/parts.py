"""What the control process is made of, put together once at its start."""

import asyncio
import secrets
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from appliance.auth.door import Door, open_door
from appliance.auth.forward.forward import Forward
from appliance.auth.metrics import AuthMetrics
from appliance.certs import keeping
from appliance.certs.metrics import CertificateMetrics
from appliance.config.schema import Config
from appliance.control import configuration, guarding, visiting
from appliance.control.apphost import AppHost
from appliance.control.board import Board
from appliance.control.certificates.keeper import Certificates
from appliance.control.certificates.verbs import probed
from appliance.control.examination import Doctor
from appliance.control.metrics import Ask, ControlMetrics, Metrics
from appliance.control.relay import RelayClient
from appliance.control.settings import Settings
from appliance.control.snapshot import snapshot
from appliance.control.status import Snapshot
from appliance.proxy.files import prepare
from appliance.proxy.traefik import Traefik
from appliance.visits.keeping import Visits
from appliance.visits.metrics import VisitsMetrics
from appliance.web.dashboard.machine import Machine


@dataclass(frozen=True)
class Parts:
    settings: Settings
    folder: Path
    """The YAML's, where the paths of secrets start."""
    former: Config | None
    """In force at the end of the last run; None: there was none."""
    board: Board
    door: Door
    forward: Forward
    certificates: Certificates
    doctor: Doctor
    host: AppHost
    relay: RelayClient | None
    """None where no relay was started."""
    traefik: Traefik
    visits: Visits

    def config(self) -> Config:
        return self.board.facts.config

    def now(self) -> Snapshot:
        return snapshot(self.board.facts, self.settings.published)

    @property
    def machine(self) -> Machine:
        """What pages and programs show and steer."""
        return Machine(
            self.board,
            self.now,
            self.host,
            self.relay,
            self.certificates,
            self.doctor,
            self.visits,
        )

    @property
    def metrics(self) -> Metrics:
        others: dict[str, Ask] = {"apps": self.host.metrics, "proxy": self.traefik.metrics}
        if self.relay is not None:
            others["relay"] = self.relay.metrics
        own = (
            ControlMetrics(lambda: self.board.facts),
            CertificateMetrics(lambda: self.board.facts.certificates),
            AuthMetrics(self.door),
            VisitsMetrics(self.visits.tally),
        )
        return Metrics(own, others)

    async def close(self) -> None:
        """Write down what was kept back."""
        await visiting.last(self.visits)
        await self.host.close()
        await self.traefik.close()
        if self.relay is not None:
            await self.relay.close()
        await asyncio.to_thread(self.door.tidy)


def assemble(settings: Settings) -> Parts:
    """Read the YAML for the first time, open the database, write the files Traefik starts with."""
    # A new key at each start: Traefik reads it from its file, nobody else has to know it.
    key = secrets.token_urlsafe(32)
    keeping.start(settings.certificates)
    prepare(settings.traefik_folder, settings.traefik_listen, key)
    folder = settings.file.absolute().parent
    board = Board(configuration.first(settings.file, settings.names))
    former = configuration.kept(settings.last_good)
    at_start = configuration.at_start(settings.file, settings.last_good)
    door = open_door(
        settings.data,
        lambda: guarding.rules(board.facts.config),
        database=guarding.database(at_start, folder),
    )
    certificates = Certificates(board, settings.certificates, settings.published)
    host = AppHost(settings.apps_socket)
    relay = RelayClient(settings.relay_socket) if settings.shares_url else None
    return Parts(
        settings=settings,
        folder=folder,
        former=former.config if former else None,
        board=board,
        door=door,
        forward=guarding.forward(door),
        certificates=certificates,
        doctor=Doctor(
            board,
            settings.certificates,
            partial(probed, certificates),
            published=settings.published,
        ),
        host=host,
        relay=relay,
        traefik=Traefik(settings.traefik_url, key),
        visits=visiting.visits(door.engine, lambda: board.facts.config, host, relay),
    )
