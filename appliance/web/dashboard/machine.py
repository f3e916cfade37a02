"""What the dashboard shows and steers: the control process's facts, the app host, the relay."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.control.apphost import Verb, Written
from appliance.control.board import Board
from appliance.control.status import Snapshot
from appliance.relay.model import Lifetime, Shares
from appliance.visits.keeping import Visits


class Apps(Protocol):
    """As `appliance.control.apphost.AppHost`."""

    async def act(self, app: str, verb: Verb, to: str | None = None) -> None: ...

    def lines(self, app: str, what: Written, *, tail: int, follow: bool) -> AsyncIterator[str]: ...


class Relay(Protocol):
    """As `appliance.control.relay.RelayClient`."""

    async def shares(self) -> Shares: ...

    async def kick(self, name: str) -> None: ...

    async def extend(self, name: str, by: Lifetime) -> None: ...


@dataclass(frozen=True)
class Machine:
    board: Board
    now: Callable[[], Snapshot]
    apps: Apps
    relay: Relay | None
    """None where no relay was started."""
    visits: Visits | None = None
