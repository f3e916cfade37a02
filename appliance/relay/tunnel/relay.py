"""What all clients of one relay process share."""

import asyncio

import structlog

from appliance.relay.registrar import Registrar
from appliance.relay.tunnel.settings import Settings
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.wire.yamux import Budget
from appliance.relay.wire.yamux.limits import Allowance

_log = structlog.get_logger(__name__)


class Relay:
    """The registry clients are measured by, their bounds, and what is counted about them."""

    def __init__(self, registrar: Registrar, settings: Settings, stats: TunnelStats) -> None:
        self.registrar = registrar
        self.settings = settings
        self.stats = stats
        self.windows = Budget(settings.window_budget)
        self._complaints = Allowance(5.0, 50, 0.0)

    def complain(self, event: str, **fields: object) -> None:
        """Log what a stranger caused; no stranger can fill the disk with it."""
        if self._complaints.take(asyncio.get_running_loop().time()):
            _log.warning(event, **fields)
