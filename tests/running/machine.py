"""An app host and a relay that note what they are asked for."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from appliance.apps.model import Storage
from appliance.apps.thumbnails import Picture
from appliance.certs.refusals import Refusal
from appliance.control.apphost import AppHostRefused
from appliance.control.board import Board, Facts
from appliance.control.examination import Findings
from appliance.control.relay import RelayRefused
from appliance.control.status import ConfigStatus, Snapshot
from appliance.relay.model import (
    KeyLimitsAsked,
    KeyRequest,
    KeyStatus,
    MadeKey,
    Protected,
    ProtectedKey,
    Shares,
    ShareStatus,
)
from appliance.visits.keeping import Visits
from appliance.web.dashboard.machine import Machine, Relay

LINK_PASSWORD = "abcd-efgh-ijkl-mnop"


@dataclass
class Noted:
    """Verbs in the order they came, and what there is to show."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    log: list[str] = field(default_factory=lambda: ["Running on local URL", "<b>hot</b> \x1b[31m"])
    shared: tuple[ShareStatus, ...] = ()
    held: tuple[KeyStatus, ...] = ()
    made: list[KeyRequest] = field(default_factory=list)
    stored: Storage | None = field(
        default_factory=lambda: Storage(temp=3 * 2**20, examples=2**20, data=2**30)
    )
    """None: no instance answers."""
    findings: Findings | None = None
    looking: bool = False
    refusal: Refusal | None = None
    picture: Picture | None = None
    """Of every app."""

    async def act(self, app: str, verb: str, to: str | None = None) -> None:
        if to == "r99":
            raise AppHostRefused("There is no release r99.")
        self.asked.append((verb, app, to))

    async def lines(self, app: str, what: str, *, tail: int, follow: bool) -> AsyncIterator[str]:
        self.asked.append((what, app, follow))
        for line in self.log[-tail:]:
            yield line

    async def storage(self, app: str) -> Storage:
        if self.stored is None:
            raise AppHostRefused(f"No instance of {app} answers.")
        return self.stored

    async def clean(self, app: str, cache: str) -> Storage:
        self.asked.append(("clean", app, cache))
        return await self.storage(app)

    async def thumbnail(self, app: str) -> Picture | None:
        return self.picture if app else None

    async def keys(self) -> tuple[KeyStatus, ...]:
        return self.held

    async def make_key(self, asked: KeyRequest) -> MadeKey:
        if asked.name in {key.name for key in self.held}:
            raise RelayRefused(f"There is a key {asked.name!r} already.")
        self.held = (*self.held, key(asked.name))
        self.made.append(asked)
        self.asked.append(("make-key", asked.name, asked.shares, asked.lifetime))
        return MadeKey(
            name=asked.name,
            secret="key-" + "a" * 32,
            label="door-" + "b" * 26,
            password=LINK_PASSWORD if asked.password else None,
        )

    async def protect_key(self, name: str) -> ProtectedKey:
        self.asked.append(("protect-key", name))
        return ProtectedKey(key=key(name, password=True), password=LINK_PASSWORD)

    async def unprotect_key(self, name: str) -> None:
        self.asked.append(("unprotect-key", name))

    async def change_key(self, name: str, asked: KeyLimitsAsked) -> None:
        self.asked.append(("change-key", name, asked.model_dump(exclude_none=True)))

    async def revoke_key(self, name: str) -> None:
        self.asked.append(("revoke-key", name))

    def renew(self) -> None:
        self.asked.append(("renew",))

    async def revoke(self, fingerprint: str) -> Refusal | None:
        self.asked.append(("revoke", fingerprint))
        return self.refusal

    async def look(self, patience: float) -> None:
        self.asked.append(("look", patience))

    async def shares(self) -> Shares:
        return Shares(version=1, shares=self.shared)

    async def kick(self, name: str) -> None:
        if name not in {share.name for share in self.shared}:
            raise RelayRefused(f"There is no share {name!r}.")
        self.asked.append(("kick", name))

    async def protect(self, name: str) -> Protected:
        if name not in {share.name for share in self.shared}:
            raise RelayRefused(f"There is no share {name!r}.")
        self.asked.append(("protect", name))
        return Protected(share=share(name, password=True), password=LINK_PASSWORD)

    async def unprotect(self, name: str) -> None:
        self.asked.append(("unprotect", name))

    async def extend(self, name: str, by: float | str) -> None:
        self.asked.append(("extend", name, by))


def machine(
    snapshot: Callable[[], Snapshot],
    noted: Noted,
    relay: Relay | None = None,
    visits: Visits | None = None,
) -> Machine:
    """`relay`: a real one, in place of what is noted."""
    status = ConfigStatus(file="appliance.yaml", state="ok")
    board = Board(Facts(config=snapshot().config, text="", config_status=status))
    return Machine(board, snapshot, noted, relay or noted, noted, noted, visits)


def key(name: str = "bob", **more: object) -> KeyStatus:
    """One that was made at the beginning of time and never used."""
    given = {"name": name, "made": 0.0, "used": None, "revoked": None, "open": 0}
    limits = {"shares": None, "lifetime": None, "requests": None}
    return KeyStatus.model_validate({**given, **limits, **more})


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
