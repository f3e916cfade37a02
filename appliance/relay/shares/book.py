"""The book of shares: every name that is known, where visitors find it, and who holds it now."""

from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest

import structlog

from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.joint import JointLimits
from appliance.relay.registrar import Refused
from appliance.relay.rules import RECORDS, Rules
from appliance.relay.share import Share
from appliance.relay.shares import limits
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.index import Index
from appliance.relay.shares.keys import Key, KeyRing
from appliance.relay.shares.quotas import Quotas
from appliance.relay.shares.unwritten import Unwritten
from appliance.relay.shares.ways import Ways

_log = structlog.get_logger(__name__)


class Book:
    """One event loop uses it; nothing in it waits.

    `now` is Unix time in seconds. `rules` of None: nothing is shared.
    """

    def __init__(
        self, keys: KeyRing, now: Callable[[], float], entries: Iterable[Entry] = ()
    ) -> None:
        self.keys = keys
        self.rules: Rules | None = None
        self.on_change: Callable[[Entry | None], None] = lambda _entry: None
        """Called whenever a name comes, goes or changes hands; None: all of them may have."""
        self.now = now
        self.ways = Ways()
        self.index = Index()
        self.quotas = Quotas()
        self.joint_limits = JointLimits()
        self._unwritten = Unwritten()
        self._entries = {entry.name: entry for entry in entries}

    def __iter__(self) -> Iterator[Entry]:
        """All of them; the book may change meanwhile."""
        return iter(list(self._entries.values()))

    def get(self, name: str) -> Entry | None:
        return self._entries.get(name)

    def apply(self, rules: Rules | None) -> None:
        """Take up other rules. Ends of shares that exist stay; addresses follow the domain."""
        self.rules = rules
        self.index = Index()
        for entry in self._entries.values():
            self.lock(entry)
            if rules is not None:
                self.place(entry, rules)
                self.allow(entry, rules)
        self.on_change(None)

    def add(self, entry: Entry) -> None:
        """A new name. Raises `Refused` if there is no room for it."""
        if len(self._entries) >= RECORDS:
            spare = [one for one in self._entries.values() if one.forgettable()]
            if not spare:
                raise Refused("this server remembers no more names; try later", reason="limit")
            # Several at once: who makes up name after name shall not have all looked at each time.
            most = max(1, RECORDS // 100)
            for one in nsmallest(most, spare, key=lambda one: (one.gone is None, one.seen)):
                self.forget(one)
        self._entries[entry.name] = entry

    def forget(self, entry: Entry) -> None:
        del self._entries[entry.name]
        self.index.remove(entry.share.hosts, entry.share.locations)
        self.changed(entry)

    def place(self, entry: Entry, rules: Rules) -> None:
        """Let visitors find it where the rules say."""
        share = entry.share
        self.index.remove(share.hosts, share.locations)
        share.hosts = tuple(rules.host(label) for label in entry.labels)
        inside = "" if share.locations == ("/",) else share.locations[0]
        share.url = rules.url(share.hosts[0]) + inside
        self.index.put(share.hosts, share.locations, entry.gone or share)

    def at(self, host: str, location: str) -> Share | None:
        """The share that has exactly this place and has not ended."""
        found = self.index.at(host, location)
        return found if isinstance(found, Share) else None

    def allow(self, entry: Entry, rules: Rules) -> None:
        """Let it take as many requests as its key or the rules say."""
        key, share = self.key_of(entry), entry.share
        share.limit(0.0 if entry.spent else limits.requests(rules, key))
        share.joint_limits = self.joint_limits.of(limits.together(rules, key, entry.owner))

    def lock(self, entry: Entry) -> None:
        """The operator's password on this very link, else its client's, else that of its key."""
        digest, key = entry.sealed or entry.brought, self.key_of(entry)
        if digest is not None:
            entry.share.lock = self.keys.sealed(entry.name, digest)
        else:
            entry.share.lock = self.keys.lock_of(key) if key else None

    def key_of(self, entry: Entry) -> Key | None:
        return self.keys.named(entry.key) if entry.key else None

    def disconnect(self, entry: Entry) -> None:
        """Its way is no more; who had it need not be told."""
        upstream, entry.share.upstream = entry.share.upstream, None
        if upstream is not None:
            self.ways.drop(upstream)
        entry.seen = self.now()
        if entry.bucket is not None:
            self.quotas.drop(entry.bucket)
            entry.bucket = None

    def end(self, entry: Entry, why: Why, reason: str) -> None:
        """For good; its client is told the reason."""
        upstream = entry.share.upstream
        entry.gone = Gone(why, self.now())
        if upstream is not None:
            self.disconnect(entry)
        self.index.put(entry.share.hosts, entry.share.locations, entry.gone)
        self.changed(entry)
        _log.info(f"share.{why.value}", name=entry.name, reason=reason)
        if upstream is not None:
            upstream.end(reason)

    def changed(self, entry: Entry) -> None:
        self.unwritten((entry.name,))
        self.on_change(entry)

    # What has to be written down.

    def unwritten(self, names: Iterable[str] = (), keys: Iterable[str] = ()) -> None:
        """Shares and keys that are not on disk as they are now."""
        self._unwritten.add(names, keys)

    def take_unwritten(self) -> tuple[list[Entry], list[str], list[Key]]:
        """What became so since the last call: changed and forgotten shares, and keys."""
        names, used = self._unwritten.take()
        changed = [self._entries[name] for name in names if name in self._entries]
        forgotten = [name for name in names if name not in self._entries]
        return changed, forgotten, [key for key in self.keys if key.name in used]
