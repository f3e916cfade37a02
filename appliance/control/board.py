"""What is known right now, and a way to wait for news."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from appliance import disk
from appliance.apps.model import Desired, HostStatus
from appliance.certs.status import CertificatesStatus
from appliance.config.naming import Naming
from appliance.config.schema import Config
from appliance.control.status import ConfigStatus, RoutesStatus
from appliance.relay.model import RelayStatus


@dataclass(frozen=True)
class Facts:
    """Each field has one writer: the module named beside it."""

    config: Config
    """configuration: in force, under the names that are served."""
    text: str
    """configuration: its YAML."""
    config_status: ConfigStatus
    """configuration: the file on disk."""
    read: bool = False
    """configuration: whether the file was looked at since the start."""
    desired: Desired | None = None
    """configuration: what the app host should run; None before the first YAML was read."""
    last_good: bool = False
    """configuration: in force is the copy kept from an earlier run."""
    coming: Config | None = None
    """configuration: in force, under the YAML's names, while these wait for certificates."""
    awaited: tuple[str, ...] = ()
    """configuration: of `coming`, the names that must have a certificate before it is served."""
    lasting: Naming | None = None
    """configuration: the last names that had what they needed."""
    host: HostStatus | None = None
    """hosting: the newest answer of the app host; None before the first."""
    host_away: str | None = None
    """hosting: why the app host cannot be reached; None while it can."""
    connection: int = 0
    """hosting: grows each time the app host is found again; it may be a new one."""
    relay: RelayStatus | None = None
    """relaying: the newest answer of the relay; None before the first."""
    relay_away: str | None = None
    """relaying: why the relay cannot be reached; None while it can."""
    relay_connection: int = 0
    """relaying: grows each time the relay is found again; it may be a new one."""
    share_secrets: tuple[str, ...] = ()
    """relaying: what is wrong with secrets of `share`; shared is without them."""
    certificates: CertificatesStatus = field(default_factory=CertificatesStatus)
    """certificates."""
    routes: RoutesStatus = field(default_factory=lambda: RoutesStatus(live=False))
    """routing."""
    storage: disk.State = "good"
    """storage: of the data folder."""
    no_admin: bool = False
    """guarding: people can sign in, and nobody is there to look after them."""

    @property
    def wanted(self) -> Config:
        """As the YAML says it, whether its names can be served yet or not."""
        return self.coming or self.config


class Board:
    """The facts, and news for those who wait."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.version = 0
        self._news = asyncio.Event()

    def update(self, **changes: Any) -> None:
        """Replace fields of the facts; without a change nobody is woken."""
        facts = replace(self.facts, **changes)
        if facts == self.facts:
            return
        self.facts = facts
        self.version += 1
        self._news.set()
        self._news = asyncio.Event()

    async def newer(self, version: int, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - no news is an answer, not an error
        """Wait until the version exceeds this one; False if `timeout` seconds passed before."""
        try:
            async with asyncio.timeout(timeout):
                await self.until(lambda: self.version > version)
        except TimeoutError:
            return False
        return True

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is asked after each change."""
        while not condition():
            await self._news.wait()
