"""How many streams to ask a client for."""

MOST = 4
"""Streams that wait for visitors who may come; more come only when more visitors waited."""


class Demand:
    """Counts what was asked for and decides how much more.

    Parked streams cost an app nothing, but each one that is closed unused costs its client a line
    of output. So few are kept, and none is ever thrown away.
    """

    __slots__ = ("_spare", "asked")

    def __init__(self, pool_count: int) -> None:
        """`pool_count` is what the client's login proposes."""
        self._spare = min(max(1, pool_count), MOST)
        self.asked = 0

    def missed(self) -> None:
        """A visitor found no stream: keep one more."""
        self._spare = min(self._spare + 1, MOST)

    def ask(self, parked: int, waiting: int) -> int:
        """How many to ask for now; they count as asked from here on."""
        more = max(0, waiting + self._spare - parked - self.asked)
        self.asked += more
        return more

    def came(self) -> None:
        self.asked = max(0, self.asked - 1)

    def lost(self) -> None:
        """What was asked for does not come; a client never says so."""
        self.asked = 0
