"""What all visitors' connections of one listener share."""

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from appliance.apps.server.counting import Counting
from appliance.relay.gateway.answers import Answers
from appliance.relay.gateway.asking import Guesses
from appliance.relay.gateway.directory import Directory
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.gateway.streams import Resting

_log = structlog.get_logger(__name__)
_QUIET = 60.0
"""Seconds between two log lines about the same fault of the same share."""
_FAULTS_KEPT = 1024


class Page(Protocol):
    """A page that is held back until all of it is there."""

    def give_up(self) -> None:
        """Let it pass as it is."""


class Connection(Protocol):
    """A visitor's connection, as the listener looks after it."""

    def passed(self, seconds: float) -> None:
        """So much time has gone by."""

    @property
    def waits(self) -> bool:
        """Whether a visitor waits for the end of an answer."""

    def cut(self) -> None:
        """End at once."""


@dataclass(slots=True)
class Context:
    """Collaborators, nothing more."""

    directory: Directory
    settings: GatewaySettings
    stats: GatewayStats
    answers: Answers
    resting: Resting
    loop: asyncio.AbstractEventLoop
    counting: Counting = field(default_factory=Counting)
    guesses: Guesses = field(default_factory=Guesses)
    connections: set[Connection] = field(default_factory=set)
    held: dict[Page, None] = field(default_factory=dict)
    """Pages held back now, the oldest first."""
    draining: bool = False
    """Whether each answer is the last one of its connection."""
    _told: dict[tuple[str, str], float] = field(default_factory=dict)

    def tell(self, event: str, share: str, **fields: str) -> None:
        """Log a share's fault, but not at every request of every visitor."""
        now = self.loop.time()
        told = self._told.get((event, share))
        if told is not None and now - told < _QUIET:
            return
        if len(self._told) >= _FAULTS_KEPT:
            self._told.clear()
        self._told[event, share] = now
        _log.warning(event, share=share, **fields)
