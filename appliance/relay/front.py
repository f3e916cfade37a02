"""Where clients and visitors are served, as the relay steers it."""

from collections.abc import Sequence
from typing import Protocol

from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.rules import Rules
from appliance.relay.shares.entry import Entry
from appliance.relay.tunnel.certificates import CertificateFiles
from appliance.relay.tunnel.stats import TunnelStats
from appliance.visits.model import Ask, Reports


class Front(Protocol):
    """In this process, or in several workers. Asks the registry, and is told what changed in it."""

    workers: int
    """Processes that should serve."""

    @property
    def missing(self) -> int:
        """How many of them do not."""

    @property
    def admitting(self) -> bool:
        """Whether clients can connect."""

    async def start(self) -> None:
        """Do all that needs no port."""

    async def open(self) -> None:
        """Answer visitors, if that is not done yet. Raises `OSError`."""

    async def admit(self, *, plain: bool) -> None:
        """Let clients in, without TLS only if `plain`. Raises `OSError`."""

    async def dismiss(self) -> None:
        """Let no clients in, and end the sessions of those who are here."""

    async def certify(self, files: Sequence[CertificateFiles]) -> None:
        """Show these to all clients that come from now on.

        Raises `CertificateProblem` or `OSError`; those from before stay.
        """

    def ruled(self, rules: Rules | None) -> None:
        """The registry has taken up these rules."""

    def changed(self, entry: Entry | None) -> None:
        """A name came, went or changed hands; None: all of them may have."""

    def counted(self) -> tuple[TunnelStats, GatewayStats]:
        """All that happened here."""

    async def visits(self, ask: Ask) -> Reports:
        """What was counted of visits; it goes on as asked. Raises `ValueError`."""

    async def close(self, drain: float) -> None:
        """Let requests end, at most so many seconds; then end all sessions."""
