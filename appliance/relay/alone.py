"""Clients and visitors served by this process itself."""

import asyncio
from collections.abc import Sequence

import structlog

from appliance.apps.server.counting import Counting
from appliance.relay import visits
from appliance.relay.gateway.serve import Gateway, listen
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.rules import Rules
from appliance.relay.settings import Settings
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.registry import Registry
from appliance.relay.tunnel.certificates import CertificateFiles, Certificates
from appliance.relay.tunnel.listener import Listener
from appliance.relay.tunnel.settings import Settings as TunnelSettings
from appliance.relay.tunnel.stats import TunnelStats
from appliance.visits.model import Ask, Reports

_log = structlog.get_logger(__name__)


class Alone:
    """A `Front`. Tunnels and the gateway use the registry itself, so nothing has to be told."""

    workers = 1
    missing = 0

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings = settings
        self._registry = registry
        self._tunnel_stats, self._gateway_stats = TunnelStats(), GatewayStats()
        self._counting = Counting()
        self._certificates = Certificates()
        self._listener: Listener | None = None
        self._gateway: Gateway | None = None

    @property
    def admitting(self) -> bool:
        return self._listener is not None

    async def start(self) -> None: ...

    async def open(self) -> None:
        if self._gateway is None:
            host, port = self._settings.visitors
            settings = GatewaySettings(trusted=self._settings.trusted)
            self._gateway = await listen(
                host or "", port, self._registry, self._gateway_stats, settings, self._counting
            )

    async def admit(self, *, plain: bool) -> None:
        settings = TunnelSettings(plain=plain)
        if self._listener is not None:
            self._listener.configure(settings)
            return
        listener = Listener(
            self._registry,
            settings=settings,
            stats=self._tunnel_stats,
            certificates=self._certificates,
        )
        host, port = self._settings.clients
        await listener.open(host or "", port)
        self._listener = listener
        _log.info("relay.listening", port=port)

    async def dismiss(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            await listener.close()
            _log.info("relay.closed")

    async def certify(self, files: Sequence[CertificateFiles]) -> None:
        await asyncio.to_thread(self._certificates.load, files)

    def ruled(self, rules: Rules | None) -> None: ...

    def changed(self, entry: Entry | None) -> None: ...

    def counted(self) -> tuple[TunnelStats, GatewayStats]:
        return self._tunnel_stats, self._gateway_stats

    async def visits(self, ask: Ask) -> Reports:
        return visits.tell(self._counting, (entry.share for entry in self._registry), ask)

    async def close(self, drain: float) -> None:
        if self._gateway is not None:
            await self._gateway.drain(drain)
        await self.dismiss()
        if self._gateway is not None:
            await self._gateway.close()
