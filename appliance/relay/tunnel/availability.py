"""Whether the app behind a client takes connections, judged by how its streams end."""

from enum import Enum

FIRST_PAUSE = 0.5
"""Seconds before the first probe."""
DEATHS = 2
"""Empty ends in a row that mean something: clients have a race that makes single ones."""


class Verdict(Enum):
    GO = "go"
    WAIT = "wait"
    """A probe is out; its end decides."""
    REFUSE = "refuse"


class Availability:
    """Turns visitors away while an app is down, and lets one try from time to time.

    Each connection that an app refuses costs its client a line of output that nobody may be
    reading: once 64 KiB of them fill the pipe, the client is stuck. So the pauses double up to
    `longest` seconds.
    """

    __slots__ = ("_deaths", "_longest", "_pause", "_probing", "_until")

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self._deaths = 0
        self._pause = 0.0
        self._until = 0.0
        self._probing = False

    @property
    def troubled(self) -> bool:
        """Whether the last stream that ended or answered ended empty."""
        return self._deaths > 0

    def verdict(self, now: float) -> Verdict:
        """Whether a stream may be started now."""
        if self._deaths < DEATHS:
            return Verdict.GO
        if self._probing:
            return Verdict.WAIT
        return Verdict.GO if now >= self._until else Verdict.REFUSE

    def started(self) -> bool:
        """A stream was started; whether it is a probe, whose fate others wait for."""
        if self._deaths < DEATHS:
            return False
        self._probing = True
        return True

    def died(self, now: float) -> None:
        """A started stream ended without a byte."""
        self._deaths += 1
        if self._deaths < DEATHS or (now < self._until and not self._probing):
            return
        self._probing = False
        self._pause = min(self._longest, 2 * self._pause or FIRST_PAUSE)
        self._until = now + self._pause

    def inconclusive(self) -> None:
        """The probe's visitor left before the app did anything: the next visitor is a probe."""
        self._probing = False

    def lives(self) -> None:
        """A byte came from the app, or it kept a connection."""
        self._deaths = 0
        self._pause = self._until = 0.0
        self._probing = False
