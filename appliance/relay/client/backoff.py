"""How long to wait before the relay is tried again, as Gradio's own client does it.

A share that was lost tries thrice at once, because most losses are a restart of the relay or a
change of network; then the pauses double, because a thousand clients may be waiting with it.
"""

from dataclasses import dataclass

QUICK_TRIES, QUICK = 3, 0.5
"""Tries after a loss that wait at most that many seconds each."""
FIRST, LONGEST = 1.0, 20.0
"""Seconds: the pause after them, and the longest."""
JITTER = 0.1
"""Share of a pause, up or down."""
STEADY = 60.0
"""Seconds online after which all is forgiven."""


@dataclass(frozen=True, slots=True)
class BackOff:
    """`quick` tries are left; afterwards `pause` is next."""

    quick: int = QUICK_TRIES
    pause: float = FIRST

    def after(self, online: float, chance: float) -> tuple[float, "BackOff"]:
        """Seconds to wait and the next state.

        `online` is how long the last connection served, 0 if there was none; `chance` is uniform
        in 0 to 1.
        """
        state = BackOff() if online >= STEADY else self
        if state.quick and online:
            return QUICK * chance, BackOff(state.quick - 1, state.pause)
        pause = state.pause * (1 - JITTER + 2 * JITTER * chance)
        return pause, BackOff(0, min(state.pause * 2, LONGEST))
