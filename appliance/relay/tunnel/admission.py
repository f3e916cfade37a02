"""How many connections may be open that have not logged in."""

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Admission(Generic[T]):
    """Newcomers, oldest first.

    A client that means it logs in within some round trips, so a crowd that does not is thinned from
    its oldest end, and one address alone cannot fill the room.
    """

    __slots__ = ("_addresses", "_limit", "_limit_per_address", "_newcomers")

    def __init__(self, limit: int, limit_per_address: int) -> None:
        self._limit = limit
        self._limit_per_address = limit_per_address
        self._newcomers: dict[T, str] = {}
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._newcomers)

    def admit(self, newcomer: T, address: str) -> T | None:
        """Let one in; who has to leave for it, possibly itself."""
        if self._addresses[address] >= self._limit_per_address:
            return newcomer
        leaver = next(iter(self._newcomers)) if len(self) >= self._limit else None
        if leaver is not None:
            self.release(leaver)
        self._newcomers[newcomer] = address
        self._addresses[address] += 1
        return leaver

    def release(self, newcomer: T) -> None:
        """One logged in or left; does nothing for one that was never let in."""
        address = self._newcomers.pop(newcomer, None)
        if address is None:
            return
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]
