"""The relay as a whole: the registry, and who serves clients and visitors, as is desired."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable
from pathlib import Path

import structlog

from appliance.relay.alone import Alone
from appliance.relay.cores import cores, worker_count
from appliance.relay.events.stream import Events
from appliance.relay.front import Front
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.keeping import Keeper
from appliance.relay.model import (
    CertificatePaths,
    Desired,
    KeyLimitsAsked,
    KeyRequest,
    KeyStatus,
    MadeKey,
    Protected,
    ProtectedKey,
    RelayStatus,
    Shares,
    ShareStatus,
)
from appliance.relay.news import News
from appliance.relay.report import key_status, share_status
from appliance.relay.settings import Settings
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.failures import KeyExistsError
from appliance.relay.shares.keys import Key, new_password
from appliance.relay.shares.registry import Registry
from appliance.relay.shares.steering import Steering
from appliance.relay.shares.storage import Storage
from appliance.relay.tunnel.certificates import CertificateFiles, CertificateProblem, stamps
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.workers.fleet import Fleet
from appliance.visits.model import Ask, Reports

_log = structlog.get_logger(__name__)
_AGAIN = 2.0
"""Seconds after which a port or a certificate that could not be had is tried again."""
_DRAIN = 10.0
"""Seconds in which requests under way may end when the relay does."""


class Relay:
    """One relay. `Keeper.follow` and `follow` have to run beside it."""

    def __init__(self, settings: Settings, registry: Registry, storage: Storage) -> None:
        self.registry, self.book = registry, registry.book
        self.news, self.events = News(), Events()
        self.keeper = Keeper(self.book, storage)
        self._steering = Steering(self.book)
        self._storage = storage
        self._settings = settings
        self._desired: Desired | None = None
        self._loaded: object = None
        self._front: Front = Alone(settings, registry)
        self._problems: dict[str, str] = {}
        self._lock = asyncio.Lock()
        self.book.on_change = self._changed

    async def open(self) -> None:
        """Answer visitors; clients come once it is known what may be shared. Raises `OSError`."""
        await self._front.open()

    async def close(self) -> None:
        """Let requests end, then all sessions, which come back; and write down what is known."""
        self.news.close()
        await self._front.close(_DRAIN)
        self.keeper.count()
        await self.keeper.write()
        self.events.close()

    async def want(self, desired: Desired) -> RelayStatus:
        """Do as told now; what cannot be done is told in the status and tried again."""
        async with self._lock:
            if desired != self._desired:
                changed = self._desired is None or desired.share != self._desired.share
                self._desired = desired
                if changed:
                    rules = desired.share.rules() if desired.share else None
                    self._front.ruled(rules)
                    self.book.apply(rules)
                    _log.info("relay.told", shares=desired.share is not None)
            await self._settle(desired)
        return self.status()

    async def follow(self) -> None:
        """For ever: what could not be done is tried again, and changed certificates are read."""
        while True:
            await asyncio.sleep(_AGAIN)
            async with self._lock:
                if self._desired is not None:
                    await self._settle(self._desired)

    def status(self) -> RelayStatus:
        entries = list(self.book)
        now = self.book.now()
        return RelayStatus(
            version=self.news.version,
            listening=self._front.admitting,
            tls=self._loaded is not None,
            problems=tuple(self._problems.values()),
            connected=self.registry.connected,
            away=sum(not entry.connected and entry.gone is None for entry in entries),
            ending=sum(entry.ending(now) for entry in entries),
        )

    @property
    def workers(self) -> int:
        """Processes that serve clients and visitors."""
        return self._front.workers - self._front.missing

    def counted(self) -> tuple[TunnelStats, GatewayStats]:
        """All that happened to clients and to visitors."""
        return self._front.counted()

    def shares(self) -> Shares:
        now = self.book.now()
        found = tuple(share_status(entry, now) for entry in self.book)
        return Shares(version=self.news.version, shares=found)

    async def visits(self, ask: Ask) -> Reports:
        """What was counted of visits; it goes on as asked."""
        return await self._front.visits(ask)

    async def kick(self, name: str) -> ShareStatus:
        """Raises `UnknownShareError`."""
        return await self._written(self._steering.kick(name))

    async def extend(self, name: str, seconds: float | None) -> ShareStatus:
        """Raises `UnknownShareError`."""
        return await self._written(self._steering.extend(name, seconds))

    async def protect(self, name: str) -> Protected:
        """It is on disk before anybody sees it, if there is a disk. Raises `UnknownShareError`."""
        entry, password = self._steering.protect(name)
        return Protected(share=await self._written(entry), password=password)

    async def unprotect(self, name: str) -> ShareStatus:
        """Raises `UnknownShareError`."""
        return await self._written(self._steering.unprotect(name))

    def keys(self) -> list[KeyStatus]:
        opened = Counter(entry.key for entry in self.book if entry.connected)
        return [key_status(key, opened[key.name]) for key in self.book.keys]

    async def make_key(self, request: KeyRequest) -> MadeKey:
        """It is on disk before anybody sees it. Raises `KeyExistsError`, `SQLAlchemyError`."""
        ring = self.book.keys
        former = ring.named(request.name)
        if former is not None and former.revoked is None:
            raise KeyExistsError(request.name)
        made = ring.make(request.name, request.limits(), self.book.now())
        password = new_password() if request.password else None
        key = ring.protected(made.key, password) if password else made.key
        await self._keep(key)
        ring.put(key)
        _log.info("key.created", key=request.name)
        return MadeKey(name=request.name, secret=made.secret, label=made.label, password=password)

    async def protect_key(self, name: str) -> ProtectedKey:
        """It is on disk before anybody is asked for it. Raises as `unprotect_key`."""
        key, password = self._steering.protected_key(name)
        await self._keep(key)
        self._steering.lock_key(key)
        return ProtectedKey(key=self._key_status(key), password=password)

    async def unprotect_key(self, name: str) -> KeyStatus:
        """Raises `UnknownKeyError`, `SQLAlchemyError`."""
        key = self._steering.unprotected_key(name)
        await self._keep(key)
        self._steering.lock_key(key)
        return self._key_status(key)

    async def change_key(self, name: str, asked: KeyLimitsAsked) -> KeyStatus:
        """Other limits, now and later. Raises `UnknownKeyError`, `SQLAlchemyError`."""
        key = self._steering.limited_key(name, asked.onto)
        await self._keep(key)
        self._steering.limit_key(key)
        return self._key_status(key)

    async def revoke_key(self, name: str) -> KeyStatus:
        """It is worth nothing from now on, also where a full disk makes this fail.

        Then it is written as soon as there is room. Raises `UnknownKeyError`, `SQLAlchemyError`.
        """
        key = self._steering.revoke(name)
        await self._keep(key)
        return key_status(key, 0)

    def _key_status(self, key: Key) -> KeyStatus:
        opened = sum(entry.key == key.name and entry.connected for entry in self.book)
        return key_status(key, opened)

    def _changed(self, entry: Entry | None) -> None:
        self._front.changed(entry)
        self.news.tell()

    async def _written(self, entry: Entry) -> ShareStatus:
        await self.keeper.write()
        return share_status(entry, self.book.now())

    async def _keep(self, key: Key) -> None:
        await asyncio.to_thread(self._storage.save, (), (), (key,))

    async def _settle(self, desired: Desired) -> None:
        before = self.status()
        if desired.share is not None:
            await self._have_workers(worker_count(desired.share.workers, cores()))
        await self._read_certificates(desired.certificates)
        if await self._opened(self._front.open(), "visitors", self._settings.visitors):
            if desired.share is None:
                await self._front.dismiss()
                self._problems.pop("clients", None)
            else:
                admitting = self._front.admit(plain=desired.share.plain)
                await self._opened(admitting, "clients", self._settings.clients)
        self._look_for_workers()
        if self.status() != before:
            self.news.tell()

    def _look_for_workers(self) -> None:
        front = self._front
        if front.missing:
            self._problems["workers"] = (
                f"{front.missing} of {front.workers} workers of the relay do not run; "
                "its log says why they ended."
            )
        else:
            self._problems.pop("workers", None)

    async def _have_workers(self, count: int) -> None:
        former = self._front
        if count == former.workers:
            return
        _log.info("relay.workers", count=count)
        front = self._made_front(count)
        front.ruled(self.book.rules)
        await front.start()
        await former.close(_DRAIN)
        self._front, self._loaded = front, None

    def _made_front(self, count: int) -> Front:
        if count == 1:
            return Alone(self._settings, self.registry)
        return Fleet(self._settings, self.registry, count, self.events.tell)

    async def _opened(
        self, opening: Awaitable[None], who: str, address: tuple[str | None, int]
    ) -> bool:
        try:
            await opening
        except OSError as error:
            port = address[1]
            reason = (
                f"{who.capitalize()} cannot connect: port {port} cannot be used ({error.strerror})."
            )
            if self._problems.get(who) != reason:
                _log.error("relay.port_refused", port=port, reason=error.strerror)
            self._problems[who] = reason
            return False
        self._problems.pop(who, None)
        return True

    async def _read_certificates(self, paths: Iterable[CertificatePaths]) -> None:
        files = tuple(CertificateFiles(Path(pair.chain), Path(pair.key)) for pair in paths)
        found = await asyncio.to_thread(stamps, files)
        if found == self._loaded:
            self._problems.pop("certificates", None)
            return
        try:
            await self._front.certify(files)
        except (CertificateProblem, OSError) as error:
            reason = f"A certificate cannot be used, those from before stay: {error}"
            if self._problems.get("certificates") != reason:
                _log.error("relay.certificate_refused", reason=str(error))
            self._problems["certificates"] = reason
            return
        self._problems.pop("certificates", None)
        self._loaded = found
        _log.info("relay.certificates", count=len(files))
