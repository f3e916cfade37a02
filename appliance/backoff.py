"""How long to wait before a process that ended is started again."""

from dataclasses import dataclass

FIRST, LONGEST, STEADY = 0.25, 30.0, 60.0
"""Seconds: the first pause, the longest pause, and a run after which all is forgiven."""


@dataclass(frozen=True)
class BackOff:
    """The pause doubles with every short run and starts over after a long one."""

    pause: float = FIRST

    def after(self, ran: float) -> tuple[float, "BackOff"]:
        """Seconds to wait after a run of `ran` seconds, and the state for the next time."""
        pause = FIRST if ran >= STEADY else self.pause
        return pause, BackOff(min(pause * 2, LONGEST))
