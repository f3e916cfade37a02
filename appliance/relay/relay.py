"""The relay as a whole: registry, clients' port and visitors' port, steered by what is desired."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import structlog

from appliance.apps.server.counting import Counting
from appliance.relay import visits
from appliance.relay.gateway.serve import Gateway, listen
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.keeping import Keeper
from appliance.relay.model import (
    CertificatePaths,
    Desired,
    KeyRequest,
    KeyStatus,
    MadeKey,
    RelayStatus,
    Shares,
    ShareStatus,
)
from appliance.relay.news import News
from appliance.relay.settings import Settings
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.keys import Key
from appliance.relay.shares.registry import Registry
from appliance.relay.shares.report import key_status, share_status
from appliance.relay.shares.storage import Storage
from appliance.relay.tunnel.certificates import (
    CertificateFiles,
    CertificateProblem,
    Certificates,
)
from appliance.relay.tunnel.listener import Listener
from appliance.relay.tunnel.settings import Settings as TunnelSettings
from appliance.relay.tunnel.stats import TunnelStats
from appliance.visits.model import Ask, Reports

_log = structlog.get_logger(__name__)
_AGAIN = 2.0
"""Seconds after which a port or a certificate that could not be had is tried again."""


class KeyExistsError(Exception):
    """There is a valid key of that name."""


class Relay:
    """One relay. `Keeper.follow` and `follow` have to run beside it."""

    def __init__(self, settings: Settings, registry: Registry, storage: Storage) -> None:
        self.registry = registry
        self.news = News()
        self.keeper = Keeper(registry, storage)
        self.tunnel_stats, self.gateway_stats = TunnelStats(), GatewayStats()
        self._counting = Counting()
        self._storage = storage
        self._settings = settings
        self._desired: Desired | None = None
        self._certificates = Certificates()
        self._loaded: object = None
        self._listener: Listener | None = None
        self._gateway: Gateway | None = None
        self._problems: dict[str, str] = {}
        self._lock = asyncio.Lock()
        registry.on_change = self.news.tell

    async def open(self) -> None:
        """Answer visitors; clients come in once it is known what may be shared."""
        host, port = self._settings.visitors
        settings = GatewaySettings(trusted=self._settings.trusted)
        self._gateway = await listen(
            host or "", port, self.registry, self.gateway_stats, settings, self._counting
        )

    async def close(self) -> None:
        """End all sessions, which come back by themselves, and write down what is known."""
        self.news.close()
        if self._listener is not None:
            await self._listener.close()
        if self._gateway is not None:
            await self._gateway.close()
        self.keeper.count()
        await self.keeper.write()

    async def want(self, desired: Desired) -> RelayStatus:
        """Do as told now; what cannot be done is told in the status and tried again."""
        async with self._lock:
            if desired != self._desired:
                changed = self._desired is None or desired.share != self._desired.share
                self._desired = desired
                if changed:
                    self.registry.apply(desired.share.rules() if desired.share else None)
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
        entries = list(self.registry)
        now = self.registry.now()
        return RelayStatus(
            version=self.news.version,
            listening=self._listener is not None,
            tls=self._loaded is not None,
            problems=tuple(self._problems.values()),
            connected=self.registry.connected,
            away=sum(not entry.connected and entry.gone is None for entry in entries),
            ending=sum(entry.ending(now) for entry in entries),
        )

    def shares(self) -> Shares:
        now = self.registry.now()
        found = tuple(share_status(entry, now) for entry in self.registry)
        return Shares(version=self.news.version, shares=found)

    def visits(self, ask: Ask) -> Reports:
        """What was counted of visits; it goes on as asked."""
        return visits.tell(self._counting, (entry.share for entry in self.registry), ask)

    async def kick(self, name: str) -> ShareStatus:
        """Raises `LookupError`."""
        return await self._written(self.registry.kick(name))

    async def extend(self, name: str, seconds: float | None) -> ShareStatus:
        """Raises `LookupError`."""
        return await self._written(self.registry.extend(name, seconds))

    def keys(self) -> list[KeyStatus]:
        opened = Counter(entry.key for entry in self.registry if entry.connected)
        return [key_status(key, opened[key.name]) for key in self.registry.keys]

    async def make_key(self, request: KeyRequest) -> MadeKey:
        """It is on disk before anybody sees it. Raises `KeyExistsError`, `SQLAlchemyError`."""
        ring = self.registry.keys
        former = ring.named(request.name)
        if former is not None and former.revoked is None:
            raise KeyExistsError(request.name)
        made = ring.make(request.name, request.limits(), self.registry.now())
        await self._keep(made.key)
        ring.put(made.key)
        _log.info("key.made", key=request.name)
        return MadeKey(name=request.name, secret=made.secret, label=made.label)

    async def revoke_key(self, name: str) -> KeyStatus:
        """Raises `LookupError`, `SQLAlchemyError`."""
        key = self.registry.revoke(name)
        await self._keep(key)
        return key_status(key, 0)

    async def _written(self, entry: Entry) -> ShareStatus:
        await self.keeper.write()
        return share_status(entry, self.registry.now())

    async def _keep(self, key: Key) -> None:
        await asyncio.to_thread(self._storage.save, (), (), (key,))

    async def _settle(self, desired: Desired) -> None:
        before = self.status()
        await self._read_certificates(desired.certificates)
        if desired.share is None:
            await self._close_listener()
            self._problems.pop("port", None)
        else:
            await self._open_listener(plain=desired.share.plain)
        if self.status() != before:
            self.news.tell()

    async def _open_listener(self, *, plain: bool) -> None:
        settings = TunnelSettings(plain=plain)
        if self._listener is not None:
            self._listener.configure(settings)
            return
        listener = Listener(
            self.registry,
            settings=settings,
            stats=self.tunnel_stats,
            certificates=self._certificates,
        )
        host, port = self._settings.clients
        try:
            await listener.open(host or "", port)
        except OSError as error:
            reason = f"Clients cannot connect: port {port} cannot be used ({error.strerror})."
            if self._problems.get("port") != reason:
                _log.error("relay.port_refused", port=port, reason=error.strerror)
            self._problems["port"] = reason
            return
        self._problems.pop("port", None)
        self._listener = listener
        _log.info("relay.listening", port=port)

    async def _close_listener(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.close()
            _log.info("relay.closed")

    async def _read_certificates(self, paths: Iterable[CertificatePaths]) -> None:
        files = tuple(CertificateFiles(Path(pair.chain), Path(pair.key)) for pair in paths)
        stamps = await asyncio.to_thread(_stamps, files)
        if stamps == self._loaded:
            self._problems.pop("certificates", None)
            return
        try:
            await asyncio.to_thread(self._certificates.load, files)
        except (CertificateProblem, OSError) as error:
            reason = f"A certificate cannot be used, those from before stay: {error}"
            if self._problems.get("certificates") != reason:
                _log.error("relay.certificate_refused", reason=str(error))
            self._problems["certificates"] = reason
            return
        self._problems.pop("certificates", None)
        self._loaded = stamps
        _log.info("relay.certificates", count=len(files))


def _stamps(files: Iterable[CertificateFiles]) -> tuple[object, ...] | None:
    """What tells whether one of the files is another one now; None for no files."""
    return tuple(_stamp(path) for pair in files for path in (pair.chain, pair.key)) or None


def _stamp(path: Path) -> object:
    try:
        found = path.stat()
    except OSError:
        return path, None
    return path, found.st_mtime_ns, found.st_ino, found.st_size
