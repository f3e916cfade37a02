"""An app host and a relay that note what they are asked for."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from appliance.control.apphost import AppHostRefused
from appliance.control.board import Board, Facts
from appliance.control.relay import RelayRefused
from appliance.control.status import ConfigStatus, Snapshot
from appliance.relay.model import Shares, ShareStatus
from appliance.visits.keeping import Visits
from appliance.web.dashboard.machine import Machine


@dataclass
class Noted:
    """Verbs in the order they came, and what there is to show."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    log: list[str] = field(default_factory=lambda: ["Running on local URL", "<b>hot</b> \x1b[31m"])
    shared: tuple[ShareStatus, ...] = ()

    async def act(self, app: str, verb: str, to: str | None = None) -> None:
        if to == "r99":
            raise AppHostRefused("There is no release r99.")
        self.asked.append((verb, app, to))

    async def lines(self, app: str, what: str, *, tail: int, follow: bool) -> AsyncIterator[str]:
        self.asked.append((what, app, follow))
        for line in self.log[-tail:]:
            yield line

    async def shares(self) -> Shares:
        return Shares(version=1, shares=self.shared)

    async def kick(self, name: str) -> None:
        if name not in {share.name for share in self.shared}:
            raise RelayRefused(f"There is no share {name!r}.")
        self.asked.append(("kick", name))

    async def extend(self, name: str, by: float | str) -> None:
        self.asked.append(("extend", name, by))


def machine(
    snapshot: Callable[[], Snapshot], noted: Noted, visits: Visits | None = None
) -> Machine:
    status = ConfigStatus(file="appliance.yaml", state="ok")
    board = Board(Facts(config=snapshot().config, text="", config_status=status))
    return Machine(board, snapshot, noted, noted, visits)


def share(name: str = "chat", **more: object) -> ShareStatus:
    """One that is live, for ever."""
    given = {
        "name": name,
        "url": f"http://{name}.share.localhost:8080",
        "owner": "ada",
        "client": "gradio",
        "address": "127.0.0.1",
        "state": "live",
        "since": 0.0,
        "expires": None,
        "ending": False,
        "seen": 0.0,
        "requests": 12,
        "visitors": 3,
        "open": 1,
        "errors": 0,
        "received": 2**20,
        "sent": 2**20,
    }
    return ShareStatus.model_validate({**given, **more})
