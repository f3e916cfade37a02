"""What the instances of one app say when they are asked: ready, healthy, busy, how large."""

import asyncio
from collections.abc import Iterable, Sequence
from time import time

from appliance.apps.runtime import Running, Runtime

HEALTH_EVERY = 5.0
MEMORY_EVERY = 10.0
MISSES = 3
"""Unanswered health checks in a row until an instance counts as unresponsive."""


class Checks:
    """Asks no more often than needed and remembers the answers."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._misses: dict[str, int] = {}
        self._asked: dict[str, dict[str, float]] = {}
        self.ready: set[str] = set()
        self.active: dict[str, int | None] = {}
        self.memory: dict[str, int | None] = {}

    @property
    def unresponsive(self) -> frozenset[str]:
        return frozenset(name for name, misses in self._misses.items() if misses >= MISSES)

    def forget(self, instance: str) -> None:
        """It has ended; another may come by this name."""
        self.ready.discard(instance)
        for known in (self._misses, self._asked, self.active, self.memory):
            known.pop(instance, None)

    async def ask(self, instances: Sequence[Running], draining: Iterable[str]) -> None:
        """Ask all that are due, at once."""
        alive = [running.id for running in instances if running.alive]
        leaving = frozenset(draining)
        await asyncio.gather(
            *(self._readiness(name) for name in alive if name not in self.ready),
            *(self._health(name) for name in alive if name in self.ready),
            *(self._activity(name) for name in alive if name in leaving),
        )
        await asyncio.gather(*(self._size(name) for name in alive))

    async def _readiness(self, name: str) -> None:
        if await self._runtime.probe(name, "/readyz") == 200:
            self.ready.add(name)
            # What was measured before is no more than an interpreter that had imported nothing.
            self._asked.get(name, {}).pop("memory", None)

    async def _health(self, name: str) -> None:
        if not self._due(name, "health", HEALTH_EVERY):
            return
        healthy = await self._runtime.probe(name, "/healthz") == 200
        self._misses[name] = 0 if healthy else self._misses.get(name, 0) + 1

    async def _activity(self, name: str) -> None:
        self.active[name] = await self._runtime.active(name)

    async def _size(self, name: str) -> None:
        if self._due(name, "memory", MEMORY_EVERY):
            self.memory[name] = await self._runtime.memory(name)

    def _due(self, name: str, what: str, every: float) -> bool:
        now = time()
        asked = self._asked.setdefault(name, {})
        if now - asked.get(what, 0.0) < every:
            return False
        asked[what] = now
        return True
