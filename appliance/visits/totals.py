"""Numbers added up, and what can be read from them. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest

from appliance.apps.server.counting import BOUNDS
from appliance.visits.model import Numbers

HOSTS = 100
"""Referrers that are kept of a day."""


@dataclass(frozen=True)
class Totals:
    """Of one app or share in some time. Bytes, and buckets as in `counting`."""

    requests: int = 0
    predictions: int = 0
    refused: int = 0
    failed: int = 0
    received: int = 0
    sent: int = 0
    latencies: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    durations: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    clients: Mapping[str, int] = field(default_factory=dict)
    referrers: Mapping[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        return self.refused + self.failed

    @property
    def latency(self) -> float | None:
        """Median seconds until the first byte of an answer; None without any."""
        return quantile(self.latencies, 0.5)

    @property
    def duration(self) -> float | None:
        """Median seconds of a prediction; None without any."""
        return quantile(self.durations, 0.5)


def total(parts: Iterable[Totals | Numbers]) -> Totals:
    """Their sum. The rarest referrers beyond `HOSTS` count as `""`."""
    found = list(parts)

    def plain(name: str) -> int:
        return sum(getattr(one, name) for one in found)

    def buckets(name: str) -> tuple[int, ...]:
        empty = (0,) * (len(BOUNDS) + 1)
        columns = zip(empty, *(getattr(one, name) for one in found), strict=True)
        return tuple(sum(column) for column in columns)

    return Totals(
        requests=plain("requests"),
        predictions=plain("predictions"),
        refused=plain("refused"),
        failed=plain("failed"),
        received=plain("received"),
        sent=plain("sent"),
        latencies=buckets("latencies"),
        durations=buckets("durations"),
        clients=_added(one.clients for one in found),
        referrers=_fewest(_added(one.referrers for one in found)),
    )


def quantile(buckets: tuple[int, ...], part: float) -> float | None:
    """Seconds that so large a part of the durations does not exceed; None of none at all.

    Inside a bucket they are taken to be spread evenly.
    """
    wanted, below, start = sum(buckets) * part, 0, 0.0
    if not wanted:
        return None
    for bound, count in zip(BOUNDS, buckets, strict=False):
        if below + count >= wanted:
            return start + (bound - start) * (wanted - below) / count
        below, start = below + count, bound
    return BOUNDS[-1]


def _added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for part in parts:
        sums.update(part)
    return dict(sums)


def _fewest(hosts: Mapping[str, int]) -> dict[str, int]:
    named = {host: count for host, count in hosts.items() if host}
    kept = dict(nlargest(HOSTS, named.items(), key=lambda item: (item[1], item[0])))
    rest = sum(hosts.values()) - sum(kept.values())
    return {**kept, **({"": rest} if rest else {})}


def less(now: Numbers, before: Numbers | None) -> Totals:
    """What has been added since `before`; an app that tells smaller numbers has added nothing."""
    if before is None:
        return total((now,))

    def grown(name: str) -> int:
        return max(0, int(getattr(now, name)) - int(getattr(before, name)))

    def each(name: str) -> tuple[int, ...]:
        pairs = zip(getattr(now, name), getattr(before, name), strict=True)
        return tuple(max(0, one - other) for one, other in pairs)

    clients = {
        client: max(0, count - before.clients.get(client, 0))
        for client, count in now.clients.items()
    }
    return Totals(
        requests=grown("requests"),
        predictions=grown("predictions"),
        refused=grown("refused"),
        failed=grown("failed"),
        received=grown("received"),
        sent=grown("sent"),
        latencies=each("latencies"),
        durations=each("durations"),
        clients=clients,
    )
