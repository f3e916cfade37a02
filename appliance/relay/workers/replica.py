"""All names, as a worker knows them from the registry."""

from collections.abc import Callable

from appliance.relay.gateway.directory import Gone
from appliance.relay.joint import JointLimits
from appliance.relay.share import Share
from appliance.relay.shares.index import Index
from appliance.relay.upstream import Upstream
from appliance.relay.workers.notes import Facts


class Own:
    """A `Directory` for other workers' visitors: what is not here passes through no further."""

    def __init__(self) -> None:
        self.index = Index()
        self.shared = False

    def find(self, host: str, path: str) -> Share | Gone | None:
        return self.index.find(host, path) if self.shared else None


class Replica:
    """A `Directory` for the visitors who come to this worker."""

    def __init__(
        self,
        here: int,
        way: Callable[[int], Upstream | None],
        neighbour: Callable[[int], Upstream],
        joint_limits: JointLimits,
    ) -> None:
        """`here` is the worker's number, `joint_limits` are its parts of all.

        `way` leads to its clients and `neighbour` to other workers.
        """
        self.shares: dict[str, Share] = {}
        self.joint_limits = joint_limits
        self.own = Own()
        self._here = here
        self._way = way
        self._neighbour = neighbour
        self._index = Index()

    def find(self, host: str, path: str) -> Share | Gone | None:
        return self._index.find(host, path) if self.own.shared else None

    def told(self, facts: Facts) -> None:
        share = self.shares.get(facts.name)
        if share is None:
            share = self.shares[facts.name] = Share(facts.name, (), "", "")
        else:
            self._remove(share)
        share.hosts, share.url, share.owner = facts.hosts, facts.url, facts.owner
        share.locations, share.options = facts.locations, facts.options
        share.lock = facts.lock
        share.since, share.expires = facts.since, facts.expires
        if share.rate != facts.rate:
            share.limit(facts.rate)
        share.joint_limits = self.joint_limits.of(facts.joint_limits)
        worker, number = facts.way or (self._here, 0)
        share.upstream = self._way(number) if worker == self._here else None
        self.own.index.put(facts.hosts, facts.locations, facts.gone or share)
        seen = share if worker == self._here else self._passage(facts, worker)
        self._index.put(facts.hosts, facts.locations, facts.gone or seen)

    def forgotten(self, name: str) -> None:
        share = self.shares.pop(name, None)
        if share is not None:
            self._remove(share)

    def _remove(self, share: Share) -> None:
        for index in (self._index, self.own.index):
            index.remove(share.hosts, share.locations)

    def _passage(self, facts: Facts, worker: int) -> Share:
        """What its visitors may and what they cost is for the other worker to say."""
        return Share(
            facts.name,
            facts.hosts,
            facts.url,
            facts.owner,
            facts.locations,
            upstream=self._neighbour(worker),
            elsewhere=True,
        )
