"""What the dashboard shows and steers: the control process's facts, and those it speaks to."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from appliance.apps.model import Storage
from appliance.apps.upkeep import Cache
from appliance.certs.refusals import Refusal
from appliance.control.apphost import Verb, Written
from appliance.control.board import Board
from appliance.control.examination import Findings
from appliance.control.status import Snapshot
from appliance.relay.model import (
    KeyLimitsAsked,
    KeyRequest,
    KeyStatus,
    Lifetime,
    MadeKey,
    Protected,
    ProtectedKey,
    Shares,
)
from appliance.visits.keeping import Visits

APPS_AWAY = "The app host does not answer. Apps that run go on; try again in a moment."
RELAY_AWAY = "The relay does not answer. Links may not work; try again in a moment."


class Apps(Protocol):
    """As `appliance.control.apphost.AppHost`."""

    async def act(self, app: str, verb: Verb, to: str | None = None) -> None: ...

    async def storage(self, app: str) -> Storage: ...

    async def clean(self, app: str, cache: Cache) -> Storage: ...

    def lines(self, app: str, what: Written, *, tail: int, follow: bool) -> AsyncIterator[str]: ...


class Relay(Protocol):
    """As `appliance.control.relay.RelayClient`."""

    async def shares(self) -> Shares: ...

    async def kick(self, name: str) -> None: ...

    async def extend(self, name: str, by: Lifetime) -> None: ...

    async def protect(self, name: str) -> Protected: ...

    async def unprotect(self, name: str) -> None: ...

    async def keys(self) -> tuple[KeyStatus, ...]: ...

    async def make_key(self, asked: KeyRequest) -> MadeKey: ...

    async def change_key(self, name: str, asked: KeyLimitsAsked) -> None: ...

    async def revoke_key(self, name: str) -> None: ...

    async def protect_key(self, name: str) -> ProtectedKey: ...

    async def unprotect_key(self, name: str) -> None: ...


class Certificates(Protocol):
    """As `appliance.control.certificates.keeper.Certificates`."""

    def renew(self) -> None: ...

    async def revoke(self, fingerprint: str) -> Refusal | None: ...


class Doctor(Protocol):
    """As `appliance.control.examination.Doctor`."""

    @property
    def findings(self) -> Findings | None: ...

    @property
    def looking(self) -> bool: ...

    async def look(self, patience: float) -> None: ...


@dataclass(frozen=True)
class Machine:
    board: Board
    now: Callable[[], Snapshot]
    apps: Apps
    relay: Relay | None
    """None where no relay was started."""
    certificates: Certificates
    doctor: Doctor
    visits: Visits | None = None
