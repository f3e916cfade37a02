"""What happened on the clients' side since the process started; plain numbers, for /metrics."""

from collections import Counter
from dataclasses import dataclass, field, fields, replace


@dataclass(slots=True)
class TunnelStats:
    connections: int = 0
    """Accepted, of any kind."""
    newcomers: int = 0
    """Now connected and not logged in."""
    clients: int = 0
    """Now logged in."""
    tunnels: int = 0
    """Now open."""
    logins: int = 0
    opened: int = 0
    """Tunnels."""
    closed: Counter[str] = field(default_factory=Counter)
    """Tunnels by reason."""
    refused: Counter[str] = field(default_factory=Counter)
    """Logins and proxies by reason."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Connections and streams that were of no use, by reason."""
    streams_asked: int = 0
    streams_given: int = 0
    """Started for a visitor."""
    streams_late: int = 0
    """Visitors who waited in vain."""
    streams_empty: int = 0
    """Started, and closed by the client before the first byte."""
    visitors_refused: int = 0
    """Turned away at once because the app takes no connections."""
    window_stalls: int = 0
    """Times a stream had to wait for its client."""
    received: int = 0
    """Bytes from clients, as on the wire."""
    sent: int = 0

    def add(self, other: "TunnelStats") -> None:
        """What happened in another process as well."""
        for one in fields(self):
            mine, more = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, mine + more)

    def past(self) -> "TunnelStats":
        """Without what is only so now."""
        return replace(self, newcomers=0, clients=0, tunnels=0)
