"""The registry: gives names to clients, finds them for visitors, ends them when it is time."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import structlog

from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.names import KEYS_ONLY, Dialect
from appliance.relay.registrar import Answer, Attempt, Refused, Registration
from appliance.relay.share import Share
from appliance.relay.shares.claims import check_claim
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.index import Index
from appliance.relay.shares.keys import Key, KeyRing, new_password
from appliance.relay.shares.quotas import Quotas, bucket_of
from appliance.relay.shares.rules import NAMES, RECORDS, REMEMBERED, Rules, day_of
from appliance.relay.shares.wanted import Wanted, wanted
from appliance.relay.shares.ways import Ways
from appliance.relay.upstream import Upstream

_log = structlog.get_logger(__name__)
_KEY_NEEDED = (
    f"this server shares {KEYS_ONLY}: "
    'set demo.share_token = "name:KEY" before launch(); its operator makes one with '
    "`appliance keys create`"
)


def nothing_shared() -> Refused:
    """The answer to all while there are no rules."""
    return Refused("nothing is shared here at the moment", reason="off")


class Registry:
    """All names. One event loop uses it; nothing in it waits.

    `now` is Unix time in seconds. `rules` of None: nothing is shared.
    """

    def __init__(
        self, keys: KeyRing, now: Callable[[], float], entries: Iterable[Entry] = ()
    ) -> None:
        self.keys = keys
        self.rules: Rules | None = None
        self.on_change: Callable[[Entry | None], None] = lambda _entry: None
        """Called whenever a name comes, goes or changes hands; None: all of them may have."""
        self.refused: dict[str, int] = {}
        """Refusals by their reason."""
        self.now = now
        self._entries = {entry.name: entry for entry in entries}
        self._ways = Ways()
        self._index = Index()
        self._quotas = Quotas()
        self._dirty: set[str] = set()
        self._used_keys: set[str] = set()

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    @property
    def connected(self) -> int:
        return self._quotas.total

    def knows(self, entry: Entry) -> bool:
        """Whether it is not forgotten."""
        return self._entries.get(entry.name) is entry

    def named(self, name: str) -> Entry:
        """Raises `LookupError` for a name that nobody remembers."""
        return self._entries[name]

    def apply(self, rules: Rules | None) -> None:
        """Take up other rules. Ends of shares that exist stay; addresses follow the domain."""
        self.rules = rules
        self._index = Index()
        for entry in self._entries.values():
            if rules is not None:
                self._place(entry, rules)
                self._allow(entry, rules)
        self.on_change(None)

    # What tunnels ask.

    def login(self, attempt: Attempt) -> tuple[str, ...]:  # noqa: ARG002 - keys are shown with the name
        rules = self.rules
        if rules is None:
            raise self._refusal(nothing_shared())
        return ("", *rules.tokens)

    def ask(self, registration: Registration, upstream: Upstream, answer: Answer) -> None:
        try:
            found: Share | Refused = self.register(registration, upstream)
        except Refused as refused:
            found = refused
        answer(found)

    def register(self, registration: Registration, upstream: Upstream) -> Share:
        """What `ask` answers, or raises."""
        try:
            return self._register(registration, upstream)
        except Refused as refused:
            raise self._refusal(refused) from None

    def closed(self, upstream: Upstream) -> None:
        entry = self._ways.drop(upstream)
        if entry is None or entry.share.upstream is not upstream:
            return
        self._disconnect(entry)
        self._changed(entry)
        _log.info("share.away", name=entry.name)

    # What visitors ask.

    def find(self, host: str, path: str) -> Share | Gone | None:
        return self._index.find(host, path)

    # What the operator asks.

    def kick(self, name: str) -> Entry:
        """End a share. Raises `LookupError` if there is none of that name."""
        entry = self.named(name)
        if entry.gone is None:
            self._end(entry, Why.ENDED, "the operator ended this share")
        return entry

    def extend(self, name: str, seconds: float | None) -> Entry:
        """Let a name end so much later, or never (None); one that is gone may come back."""
        entry, now = self.named(name), self.now()
        end = entry.share.expires
        start = now if entry.gone is not None or end is None else max(now, end)
        entry.share.expires = None if seconds is None else start + seconds
        entry.gone, entry.warned = None, False
        if self.rules is not None:
            self._place(entry, self.rules)
        self._changed(entry)
        _log.info("share.extended", name=name, expires=entry.share.expires)
        return entry

    def protect(self, name: str) -> tuple[Entry, str]:
        """Put a new password on a share, in place of any other. Raises `LookupError`."""
        entry, password = self.named(name), new_password()
        entry.sealed = self.keys.lock(name, password).digest
        self._lock(entry)
        self._changed(entry)
        _log.info("share.protected", name=name)
        return entry, password

    def unprotect(self, name: str) -> Entry:
        """Take the operator's password away again. Raises `LookupError`."""
        entry = self.named(name)
        entry.sealed = None
        self._lock(entry)
        self._changed(entry)
        _log.info("share.unprotected", name=name)
        return entry

    def revoke(self, name: str) -> Key:
        """End a key and what was shared with it. Raises `LookupError` if there is none."""
        key = self.keys.named(name)
        if key is None or key.revoked is not None:
            raise LookupError(name)
        key = replace(key, revoked=self.now())
        self.keys.put(key)
        for entry in list(self._entries.values()):
            if entry.key == name and entry.gone is None:
                self._end(entry, Why.ENDED, "its key was revoked")
        _log.info("key.revoked", key=name)
        return key

    # What time asks.

    def tick(self) -> None:
        """To be called about once a second: expiry, daily limits, forgetting."""
        now = self.now()
        today = day_of(now)
        for entry in list(self._entries.values()):
            expires = entry.share.expires
            if entry.gone is not None:
                if now - entry.gone.at > REMEMBERED:
                    self._forget(entry)
            elif expires is not None and expires <= now:
                self._end(entry, Why.EXPIRED, "its time is up")
            elif not entry.connected and entry.forgettable() and now - entry.seen > REMEMBERED:
                self._forget(entry)
            else:
                self._look_after(entry, now, today)

    def take_dirty(self) -> tuple[list[Entry], list[str], list[Key]]:
        """What has to be written down since the last call: changed, forgotten, used keys."""
        changed = [self._entries[name] for name in self._dirty if name in self._entries]
        forgotten = [name for name in self._dirty if name not in self._entries]
        used = [key for key in self.keys if key.name in self._used_keys]
        self._dirty, self._used_keys = set(), set()
        return changed, forgotten, used

    def mark_dirty(self, names: Iterable[str]) -> None:
        """Write these down (again)."""
        self._dirty.update(names)

    def mark_used(self, keys: Iterable[Key]) -> None:
        """The same for keys."""
        self._used_keys.update(key.name for key in keys)

    def _register(self, registration: Registration, upstream: Upstream) -> Share:
        rules, now = self.rules, self.now()
        if rules is None:
            raise nothing_shared()
        former = self._ways.former(registration)
        before = self._ways.entry(former) if former else None
        asked = wanted(registration, rules, self.keys, before.name if before else None)
        if rules.who_can_share == "key" and asked.key is None and not registration.token:
            raise Refused(_KEY_NEEDED, reason="key")
        entry = self._entries.get(asked.name)
        if entry is not None:
            returning = bool(registration.attempt.login.run_id)
            without_owner = self._without_owner(entry)
            check_claim(entry, asked, without_owner=without_owner, returning=returning)
        self._check_places(asked, rules)
        bucket = bucket_of(asked.key, registration.attempt.address)
        if entry is None or entry.bucket != bucket:
            taken_over = entry is not None and entry.connected
            self._quotas.check(bucket, asked.key, rules, instead=taken_over)
        if entry is None:
            entry = self._new(asked, rules, now)
        elif entry.gone is not None:
            self._begin_again(entry, asked, rules, now)
        self._connect(entry, asked, registration, upstream, bucket)
        if former is not None:
            former.replaced()
        return entry.share

    def _without_owner(self, entry: Entry) -> bool:
        if entry.key is None:
            return False
        key = self.keys.named(entry.key)
        return key is None or key.revoked is not None

    def _check_places(self, asked: Wanted, rules: Rules) -> None:
        """Raises `Refused` if another name has one of the hosts and paths."""
        for label in asked.labels:
            for location in asked.locations:
                found = self._index.at(rules.host(label), location)
                if isinstance(found, Share) and found.name != asked.name:
                    text = f"{rules.host(label)}{location} belongs to the share {found.name!r}"
                    raise Refused(text, reason="taken")

    def _new(self, asked: Wanted, rules: Rules, now: float) -> Entry:
        self._check_hoard(asked)
        self._make_room()
        lifetime = asked.key.limits.lifetime if asked.key else None
        share = Share(
            name=asked.name, hosts=(), url="", owner=asked.owner, locations=asked.locations,
            since=now, expires=rules.end(now, lifetime),
        )  # fmt: skip
        entry = Entry(
            share=share, labels=asked.labels, key=None, readable=asked.readable, client="",
            address="", seen=now, day=day_of(now),
        )  # fmt: skip
        self._entries[asked.name] = entry
        return entry

    def _begin_again(self, entry: Entry, asked: Wanted, rules: Rules, now: float) -> None:
        lifetime = asked.key.limits.lifetime if asked.key else None
        entry.gone, entry.warned = None, False
        entry.share.owner = asked.owner
        entry.share.since, entry.share.expires = now, rules.end(now, lifetime)

    def _connect(
        self,
        entry: Entry,
        asked: Wanted,
        registration: Registration,
        upstream: Upstream,
        bucket: str,
    ) -> None:
        share, rules, now = entry.share, self.rules, self.now()
        assert rules is not None
        self._index.remove(share.hosts, share.locations)
        former, same = share.upstream, self._ways.former(registration)
        if former is not None:
            self._ways.drop(former)
            self._disconnect(entry)
        entry.labels, entry.readable = asked.labels, asked.readable
        entry.key = asked.key.name if asked.key else None
        entry.client = "upstream" if registration.dialect is Dialect.UPSTREAM else "gradio"
        entry.address, entry.seen = registration.attempt.address, now
        entry.bucket = bucket
        share.locations, share.options = asked.locations, asked.options
        self._allow(entry, rules)
        password = asked.password
        entry.brought = self.keys.lock(entry.name, password).digest if password else None
        self._lock(entry)
        share.upstream = upstream
        self._ways.add(upstream, entry, registration)
        self._quotas.add(bucket)
        self._place(entry, rules)
        if asked.key:
            self.keys.used(asked.key, now)
            self._used_keys.add(asked.key.name)
        self._changed(entry)
        _log.info(
            "share.opened", name=entry.name, key=entry.key, address=entry.address,
            client=entry.client, expires=share.expires,
        )  # fmt: skip
        if former is not None and former is not same:
            _log.info("share.taken_over", name=entry.name)
            former.end("the same share was opened again elsewhere")

    def _lock(self, entry: Entry) -> None:
        """The operator's password, else the one that the client brought."""
        digest = entry.sealed or entry.brought
        entry.share.lock = self.keys.sealed(entry.name, digest) if digest else None

    def _place(self, entry: Entry, rules: Rules) -> None:
        share = entry.share
        self._index.remove(share.hosts, share.locations)
        share.hosts = tuple(rules.host(label) for label in entry.labels)
        inside = "" if share.locations == ("/",) else share.locations[0]
        share.url = rules.url(share.hosts[0]) + inside
        self._index.put(share.hosts, share.locations, entry.gone or share)

    def _disconnect(self, entry: Entry) -> None:
        entry.share.upstream = None
        entry.seen = self.now()
        if entry.bucket is not None:
            self._quotas.drop(entry.bucket)
            entry.bucket = None

    def _end(self, entry: Entry, why: Why, reason: str) -> None:
        upstream = entry.share.upstream
        entry.gone = Gone(why, self.now())
        if upstream is not None:
            self._ways.drop(upstream)
            self._disconnect(entry)
        self._index.put(entry.share.hosts, entry.share.locations, entry.gone)
        self._changed(entry)
        _log.info(f"share.{why.value}", name=entry.name, reason=reason)
        if upstream is not None:
            upstream.end(reason)

    def _look_after(self, entry: Entry, now: float, today: int) -> None:
        if not entry.warned and entry.ending(now):
            entry.warned = True
            self._changed(entry)
            _log.warning("share.ending", name=entry.name, expires=entry.share.expires)
        if entry.day != today:
            entry.day, entry.day_start = today, entry.bytes
        rules = self.rules
        if rules is None or not entry.connected:
            return
        spent = rules.traffic is not None and entry.bytes - entry.day_start >= rules.traffic
        if spent != entry.spent:
            entry.spent = spent
            self._allow(entry, rules)
            self._changed(entry)
            _log.info("share.spent" if spent else "share.refilled", name=entry.name)

    def _allow(self, entry: Entry, rules: Rules) -> None:
        key = self.keys.named(entry.key) if entry.key else None
        own = key.limits.requests if key else None
        rate = rules.requests if own is None else own
        entry.share.limit(0.0 if entry.spent else rate)

    def _check_hoard(self, asked: Wanted) -> None:
        """Readable names stay reserved, so nobody may have all of them. Raises `Refused`."""
        if asked.key is None or not asked.readable:
            return
        held = sum(entry.share.owner == asked.owner for entry in self._entries.values())
        if held >= NAMES:
            raise Refused(f"your key holds {held} names, which is the most", reason="limit")

    def _make_room(self) -> None:
        if len(self._entries) < RECORDS:
            return
        spare = [entry for entry in self._entries.values() if entry.forgettable()]
        if not spare:
            raise Refused("this server remembers no more names; try later", reason="limit")
        self._forget(min(spare, key=lambda entry: (entry.gone is None, entry.seen)))

    def _forget(self, entry: Entry) -> None:
        del self._entries[entry.name]
        self._index.remove(entry.share.hosts, entry.share.locations)
        self._changed(entry)

    def _changed(self, entry: Entry) -> None:
        self._dirty.add(entry.name)
        self.on_change(entry)

    def _refusal(self, refused: Refused) -> Refused:
        self.refused[refused.reason] = self.refused.get(refused.reason, 0) + 1
        return refused
