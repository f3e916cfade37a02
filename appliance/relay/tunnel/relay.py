"""What all clients of one relay process share."""

import asyncio
from collections.abc import Hashable
from typing import Protocol
from weakref import WeakValueDictionary

import structlog

from appliance.relay.registrar import Registrar
from appliance.relay.tunnel.admission import Admission
from appliance.relay.tunnel.settings import Settings
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.wire.yamux import Budget
from appliance.relay.wire.yamux.limits import Allowance

_log = structlog.get_logger(__name__)


class Idler(Hashable, Protocol):
    """A client that publishes nothing."""

    def make_room(self) -> None:
        """Leave for others that have come later."""


class Relay:
    """The registry clients are measured by, their bounds, and what is counted about them."""

    def __init__(self, registrar: Registrar, settings: Settings, stats: TunnelStats) -> None:
        self.registrar = registrar
        self.settings = settings
        self.stats = stats
        self.windows = Budget(settings.window_budget)
        self.idlers: Admission[Idler] = Admission(settings.idlers, settings.idlers_per_address)
        self._registrations: WeakValueDictionary[str, Allowance] = WeakValueDictionary()
        self._complaints = Allowance(5.0, 50, 0.0)

    def registrations(self, place: str) -> Allowance:
        """What all clients from one place may ask for; it is known for as long as one is here."""
        found = self._registrations.get(place)
        if found is None:
            settings = self.settings
            found = Allowance(settings.registrations_per_second, settings.registrations, 0.0)
            self._registrations[place] = found
        return found

    def complain(self, event: str, **fields: object) -> None:
        """Log what a stranger caused; no stranger can fill the disk with it."""
        if self._complaints.take(asyncio.get_running_loop().time()):
            _log.warning(event, **fields)
