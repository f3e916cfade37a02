"""A worker: clients and visitors of a part of the connections, for the registry of the relay."""

import asyncio
import signal
import socket
import time
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from appliance.apps.server.counting import Counting as VisitCounting
from appliance.relay import visits
from appliance.relay.events.tap import Event, tapped
from appliance.relay.gateway.serve import Gateway
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.joint import JointLimits
from appliance.relay.rules import day_of
from appliance.relay.settings import Settings
from appliance.relay.tunnel.certificates import (
    CertificateFiles,
    CertificateProblem,
    Certificates,
)
from appliance.relay.tunnel.listener import Listener
from appliance.relay.tunnel.settings import Settings as TunnelSettings
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.workers import notes
from appliance.relay.workers.asking import Asking
from appliance.relay.workers.channel import Channel
from appliance.relay.workers.counting import Counting
from appliance.relay.workers.neighbour import Neighbour
from appliance.relay.workers.replica import Replica

_COUNTS: Final = 1.0
"""Seconds between two notes of what was counted."""
_AGAIN: Final = 2.0
"""Seconds after which certificates that could not be read are tried again."""
_DRAIN: Final = 10.0
"""Seconds in which requests may end if only this worker is told to."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Place:
    """Which worker this is."""

    number: int
    count: int
    line: int
    """Descriptor of the line to the relay."""
    sockets: int
    """Descriptor of the line by which listening sockets come."""


def own_door(settings: Settings, number: int) -> Path:
    """Where other workers bring visitors to a worker; short, for paths of sockets are limited."""
    return settings.socket.with_name(f"w{number}.sock")


class Worker:
    """Does as it is told until the line to the relay ends."""

    def __init__(self, settings: Settings, place: Place) -> None:
        self._settings, self._place = settings, place
        self._stopped = asyncio.Event()
        self._channel = Channel(notes.to_worker, self._received, self._stopped.set)
        self._asking = Asking(self._channel.send)
        self._replica = Replica(
            place.number,
            self._asking.way,
            [Neighbour(own_door(settings, number)) for number in range(place.count)].__getitem__,
            JointLimits(place.count),
        )
        self._counting = Counting()
        self._visits = VisitCounting()
        self._certificates = Certificates()
        self._reading: asyncio.Task[None] | None = None
        self._tunnel, self._seen, self._passed = TunnelStats(), GatewayStats(), GatewayStats()
        self._listener: Listener | None = None
        share = GatewaySettings()
        bounds = replace(share, connections=max(1, share.connections // place.count))
        trusting = replace(bounds, trusted=settings.trusted)
        self._gateway = Gateway(self._replica, self._seen, trusting, self._visits)
        self._inner = Gateway(self._replica.own, self._passed, share, self._visits)
        self._sockets = socket.socket(fileno=place.sockets)
        self._work: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        door = own_door(self._settings, self._place.number)
        door.unlink(missing_ok=True)
        await self._inner.open_path(door)
        door.chmod(0o600)
        await self._channel.open(socket.socket(fileno=self._place.line))
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._leave)
        # Of a terminal, to all processes at once: the relay says what is to be done.
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        with tapped("appliance.relay", self._happened):
            telling = asyncio.create_task(self._tell_counts())
            await self._stopped.wait()
            telling.cancel()
            await self._close()

    def _happened(self, event: Event) -> None:
        self._channel.send(notes.Happened(event=event))

    def _received(self, note: notes.ToWorker) -> None:  # noqa: C901, PLR0912 - a table
        match note:
            case notes.Facts():
                self._replica.told(note)
            case notes.Forgotten():
                self._replica.forgotten(note.name)
            case notes.Mark():
                self._reach(note.number)
            case notes.Registered():
                if share := self._replica.shares.get(note.name):
                    self._asking.answered(note.way, share)
            case notes.Denied():
                self._asking.answered(note.way, note.refused())
            case notes.End():
                self._asking.end(note.way, note.reason)
            case notes.Replaced():
                self._asking.replaced(note.way)
            case notes.Rules():
                self._asking.rules = note
                self._replica.own.shared = note.shared
                if self._listener is not None:
                    self._listener.configure(self._tunnel_settings())
            case notes.Certificates():
                self._begin(self._certify(note))
            case notes.CountVisits():
                told = visits.tell(self._visits, self._replica.shares.values(), note.ask)
                self._channel.send(notes.Visited(reports=told))
            case notes.Elsewhere():
                now = asyncio.get_running_loop().time()
                self._replica.joint_limits.elsewhere(note.taken, now)
            case notes.Listening():
                self._begin(self._listen(note))
            case notes.Dismiss():
                self._begin(self._dismiss())
            case notes.Drain():
                self._begin(self._drain(note.seconds))
            case notes.Stop():
                self._stopped.set()

    def _reach(self, mark: int) -> None:
        """Say that all is done that was told before."""
        if self._work:
            self._begin(self._reached(mark))
        else:
            self._channel.send(notes.Reached(number=mark))

    async def _reached(self, mark: int) -> None:
        self._channel.send(notes.Reached(number=mark))

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        """Do it after what was begun before."""

        async def in_turn() -> None:
            async with self._turn:
                await work

        task = asyncio.create_task(in_turn())
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _listen(self, note: notes.Listening) -> None:
        found = await asyncio.to_thread(self._take_sockets, note.count)
        if note.whose == "visitors":
            await self._gateway.take(found)
            return
        self._listener = Listener(
            self._asking,
            settings=self._tunnel_settings(),
            stats=self._tunnel,
            certificates=self._certificates,
        )
        await self._listener.take(found)

    def _take_sockets(self, count: int) -> list[socket.socket]:
        # A byte for each, so that those of two notes never come together.
        _, descriptors, _, _ = socket.recv_fds(self._sockets, count, count)
        return [socket.socket(fileno=one) for one in descriptors]

    def _tunnel_settings(self) -> TunnelSettings:
        """A worker's part of what the relay takes from its clients."""
        whole, count = TunnelSettings(plain=self._asking.rules.plain), self._place.count
        return replace(
            whole,
            newcomers=max(1, whole.newcomers // count),
            newcomers_per_address=max(1, whole.newcomers_per_address // count),
            idlers=max(1, whole.idlers // count),
            idlers_per_address=max(1, whole.idlers_per_address // count),
            registrations=max(1, whole.registrations // count),
            registrations_per_second=whole.registrations_per_second / count,
            window_budget=whole.window_budget // count,
        )

    async def _dismiss(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.close()

    async def _drain(self, seconds: float) -> None:
        await self._gateway.drain(seconds)
        self._channel.send(notes.Drained())

    def _leave(self) -> None:
        self._begin(self._leaving())

    async def _leaving(self) -> None:
        await self._gateway.drain(_DRAIN)
        self._stopped.set()

    async def _close(self) -> None:
        await self._dismiss()
        await self._gateway.close()
        await self._inner.close()
        self._count()
        await self._channel.close()
        own_door(self._settings, self._place.number).unlink(missing_ok=True)

    # Certificates.

    async def _certify(self, note: notes.Certificates) -> None:
        """The relay has read them already, but they may be on their way to be others."""
        if self._reading is not None:
            self._reading.cancel()
        files = [CertificateFiles(Path(chain), Path(key)) for chain, key in note.files]
        if not await self._read(files):
            self._reading = asyncio.create_task(self._read_again(files))

    async def _read_again(self, files: list[CertificateFiles]) -> None:
        while True:
            await asyncio.sleep(_AGAIN)
            if await self._read(files):
                return

    async def _read(self, files: list[CertificateFiles]) -> bool:
        try:
            await asyncio.to_thread(self._certificates.load, files)
        except (CertificateProblem, OSError) as error:
            _log.error("relay.certificate_refused", reason=str(error))
            return False
        else:
            return True

    # Counts.

    async def _tell_counts(self) -> None:
        while True:
            await asyncio.sleep(_COUNTS)
            self._count()

    def _count(self) -> None:
        day = day_of(time.time())
        gateway = GatewayStats()
        gateway.add(self._seen)
        gateway.add_passed(self._passed)
        self._channel.send(
            notes.Counts(
                day=day,
                shares=tuple(self._counting.growth(self._replica.shares, day)),
                tunnel=self._tunnel,
                gateway=gateway,
            )
        )
