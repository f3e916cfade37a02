"""What the operator allows, and how long things are remembered."""

import math
from dataclasses import dataclass, field
from typing import Literal

HOUR, DAY = 3600.0, 86_400.0
REMEMBERED = 30 * DAY
"""Seconds a name that ended stays gone, and an idle one without an end stays known."""
NAMES = 500
"""Readable names that are reserved for one key at most."""
RECORDS = 10_000
"""Names that are remembered at most, connected or not."""


@dataclass(frozen=True)
class Rules:
    """The `share` section of the YAML, as the registry needs it."""

    domain: str
    """Shares are one label below it."""
    scheme: str = "http"
    port: int = 80
    """Where visitors come."""
    lifetime: float = 72 * HOUR
    """Seconds from a name's first registration; `math.inf`: for ever."""
    who_can_share: Literal["anyone", "key"] = "key"
    max_shares: int = 500
    per_key: int = 50
    per_address: int = 50
    requests: float | None = None
    """Requests per second to one share."""
    traffic: int | None = None
    """Bytes through one share in a day."""
    traffic_per_owner: int | None = None
    """The same through all shares of one key, or of one address without one."""
    traffic_in_all: int | None = None
    requests_per_owner: float | None = None
    requests_in_all: float | None = None
    connections_per_owner: int | None = None
    """Requests of visitors that are under way at the same time."""
    connections_in_all: int | None = None
    tokens: tuple[str, ...] = field(default=(), repr=False)
    """frp tokens of upstream clients, beside the empty one of Gradio's."""

    def host(self, label: str) -> str:
        return f"{label}.{self.domain}"

    def url(self, host: str) -> str:
        """What a client prints for a host."""
        standard = {"http": 80, "https": 443}[self.scheme]
        port = "" if self.port == standard else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def end(self, since: float, lifetime: float | None) -> float | None:
        """When a name that began at `since` ends; `lifetime` is its key's, if it has its own."""
        length = self.lifetime if lifetime is None else lifetime
        return None if math.isinf(length) else since + length


def warns_before(since: float, expires: float) -> float:
    """Seconds before its end at which a share counts as ending: an hour, less for a short one."""
    return min(HOUR, (expires - since) / 10)


def day_of(now: float) -> int:
    """The day that daily limits count in, by UTC."""
    return int(now // DAY)
