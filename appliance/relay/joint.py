"""What several shares may take together: all of one owner's, or all there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from appliance.relay.wire.yamux.limits import Allowance

IN_ALL: Final = "all"
"""The name of the joint limit of all shares; those of owners have a colon."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How large a joint limit is; None: without bound."""

    name: str
    """Whose it is."""
    requests: float | None
    """Per second."""
    connections: int | None
    """Requests of visitors that are under way at the same time."""


class JointLimit:
    """Of one process. With several, each has its part: what the others leave of the whole."""

    __slots__ = ("__weakref__", "_allowance", "_parts", "_room", "open", "terms")

    terms: Terms
    _room: int | None
    _allowance: Allowance | None

    def __init__(self, terms: Terms, parts: int) -> None:
        """`parts`: how many processes have one of this name."""
        self.open = 0
        """Requests under way here."""
        self._parts = parts
        self._set(terms)

    def keep_to(self, terms: Terms) -> None:
        """The same as before, or other bounds from now on."""
        if terms != self.terms:
            self._set(terms)

    def elsewhere(self, requests: float, connections: int, now: float) -> None:
        """What other processes let through a second, and have under way."""
        whole, limit = self.terms.requests, self.terms.connections
        if self._allowance is not None and whole is not None:
            # Who has had nothing so far is not starved by those who had all of it.
            self._allowance.fill(max(whole - requests, whole / self._parts), now)
        if limit is not None:
            self._room = limit - connections

    @property
    def full(self) -> bool:
        """Whether as many requests are under way as may be."""
        return self._room is not None and self.open >= self._room

    def take(self, now: float) -> bool:
        """Take one request; False if there is none to take at the moment."""
        return self._allowance is None or self._allowance.take(now)

    def _set(self, terms: Terms) -> None:
        self.terms = terms
        self._room = terms.connections
        rate = terms.requests
        # As many at once as one link alone may take: twice its rate.
        self._allowance = None if rate is None else Allowance(rate, max(1, round(2 * rate)), 0.0)


class JointLimits:
    """All that are in use: a joint limit is known for as long as a share has it."""

    def __init__(self, parts: int = 1) -> None:
        self._parts = parts
        self._known: WeakValueDictionary[str, JointLimit] = WeakValueDictionary()

    def __bool__(self) -> bool:
        return bool(self._known)

    def of(self, terms: Iterable[Terms]) -> tuple[JointLimit, ...]:
        """Those of a share."""
        return tuple(map(self._of, terms))

    def elsewhere(self, taken: Mapping[str, tuple[float, int]], now: float) -> None:
        """What other processes take of each (see `JointLimit`); nothing of those not named."""
        for name, limit in self._known.items():
            limit.elsewhere(*taken.get(name, (0.0, 0)), now)

    def _of(self, terms: Terms) -> JointLimit:
        limit = self._known.get(terms.name)
        if limit is None:
            limit = self._known[terms.name] = JointLimit(terms, self._parts)
        else:
            limit.keep_to(terms)
        return limit
