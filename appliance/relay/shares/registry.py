"""The registry: gives names to clients, and finds them for visitors."""

from collections.abc import Iterator

import structlog

from appliance.commands import COMMAND
from appliance.relay.gateway.directory import Gone
from appliance.relay.names import KEYS_ONLY, Dialect
from appliance.relay.registrar import Answer, Attempt, Refused, Registration
from appliance.relay.rules import NAMES, Rules, day_of
from appliance.relay.share import Share
from appliance.relay.shares.book import Book
from appliance.relay.shares.claims import check_claim
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.quotas import bucket_of
from appliance.relay.shares.wanted import Wanted, wanted
from appliance.relay.upstream import Upstream

_log = structlog.get_logger(__name__)
_KEY_NEEDED = (
    f"this server shares {KEYS_ONLY}: "
    'set demo.share_token = "name:KEY" before launch(); its operator makes one with '
    f"`{COMMAND} keys create`"
)


def nothing_shared() -> Refused:
    """The answer to all while there are no rules."""
    return Refused("nothing is shared here at the moment", reason="off")


class Registry:
    """Writes clients into the book."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.refused: dict[str, int] = {}
        """Refusals by their reason."""

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.book)

    @property
    def connected(self) -> int:
        return self.book.quotas.total

    # What tunnels ask.

    def login(self, attempt: Attempt) -> tuple[str, ...]:  # noqa: ARG002 - keys are shown with the name
        rules = self.book.rules
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
        entry = self.book.ways.drop(upstream)
        if entry is None or entry.share.upstream is not upstream:
            return
        self.book.disconnect(entry)
        self.book.changed(entry)
        _log.info("share.away", name=entry.name)

    # What visitors ask.

    def find(self, host: str, path: str) -> Share | Gone | None:
        return self.book.index.find(host, path)

    def _register(self, registration: Registration, upstream: Upstream) -> Share:
        book, rules = self.book, self.book.rules
        if rules is None:
            raise nothing_shared()
        former = book.ways.former(registration)
        before = book.ways.entry(former) if former else None
        asked = wanted(registration, rules, book.keys, before.name if before else None)
        if rules.who_can_share == "key" and asked.key is None and not registration.token:
            raise Refused(_KEY_NEEDED, reason="key")
        entry = book.get(asked.name)
        if entry is not None:
            returning = bool(registration.attempt.login.run_id)
            without_owner = self._without_owner(entry)
            check_claim(entry, asked, without_owner=without_owner, returning=returning)
        left = self._check_hosts(asked)
        self._check_places(asked, rules)
        bucket = bucket_of(asked.key.name if asked.key else None, registration.attempt.address)
        if entry is None or entry.bucket != bucket:
            taken_over = entry is not None and entry.connected
            book.quotas.check(bucket, asked.key, rules, instead=taken_over)
        for former_owners in left:
            book.forget(former_owners)
        if entry is None:
            entry = self._new(asked, rules)
        elif entry.gone is not None:
            self._begin_again(entry, asked, rules)
        self._connect(entry, asked, registration, upstream, bucket, rules)
        if former is not None:
            former.replaced()
        return entry.share

    def _without_owner(self, entry: Entry) -> bool:
        if entry.key is None:
            return False
        key = self.book.key_of(entry)
        return key is None or key.revoked is not None

    def _check_hosts(self, asked: Wanted) -> list[Entry]:
        """What a key that is no more has left at one of the hosts, under other names.

        Raises `Refused` if something of another owner's is there, at whichever path: pages of one
        host may do to each other whatever they like.
        """
        if not asked.readable:
            return []
        labels, left = set(asked.labels), []
        for entry in self.book:
            if entry.share.owner == asked.owner or labels.isdisjoint(entry.labels):
                continue
            if entry.gone is None or not self._without_owner(entry):
                taken = labels.intersection(entry.labels).pop()
                raise Refused(f"the name {taken!r} belongs to somebody else", reason="taken")
            if entry.name != asked.name:
                left.append(entry)
        return left

    def _check_places(self, asked: Wanted, rules: Rules) -> None:
        """Raises `Refused` if another name has one of the hosts and paths."""
        for label in asked.labels:
            for location in asked.locations:
                found = self.book.at(rules.host(label), location)
                if found is not None and found.name != asked.name:
                    text = f"{rules.host(label)}{location} belongs to the share {found.name!r}"
                    raise Refused(text, reason="taken")

    def _new(self, asked: Wanted, rules: Rules) -> Entry:
        self._check_hoard(asked)
        now, lifetime = self.book.now(), asked.key.limits.lifetime if asked.key else None
        share = Share(
            name=asked.name, hosts=(), url="", owner=asked.owner, locations=asked.locations,
            since=now, expires=rules.end(now, lifetime),
        )  # fmt: skip
        entry = Entry(
            share=share, labels=asked.labels, key=None, readable=asked.readable, client="",
            address="", seen=now, day=day_of(now),
        )  # fmt: skip
        self.book.add(entry)
        return entry

    def _begin_again(self, entry: Entry, asked: Wanted, rules: Rules) -> None:
        now, lifetime = self.book.now(), asked.key.limits.lifetime if asked.key else None
        entry.gone, entry.warned = None, False
        entry.share.owner = asked.owner
        entry.share.since, entry.share.expires = now, rules.end(now, lifetime)

    def _connect(  # noqa: PLR0913, PLR0917 - all that is known of a client that came
        self,
        entry: Entry,
        asked: Wanted,
        registration: Registration,
        upstream: Upstream,
        bucket: str,
        rules: Rules,
    ) -> None:
        book, share = self.book, entry.share
        book.index.remove(share.hosts, share.locations)
        former, same = share.upstream, book.ways.former(registration)
        if former is not None:
            book.disconnect(entry)
        _describe(entry, asked, registration, book.now())
        password = asked.password
        entry.brought = book.keys.lock(entry.name, password).digest if password else None
        book.allow(entry, rules)
        book.lock(entry)
        share.upstream, entry.bucket = upstream, bucket
        book.ways.add(upstream, entry, registration)
        book.quotas.add(bucket)
        book.place(entry, rules)
        if asked.key:
            book.keys.used(asked.key, book.now())
            book.unwritten(keys=(asked.key.name,))
        book.changed(entry)
        _log.info(
            "share.opened", name=entry.name, key=entry.key, address=entry.address,
            client=entry.client, expires=share.expires,
        )  # fmt: skip
        if former is not None and former is not same:
            _log.info("share.taken_over", name=entry.name)
            former.end("the same share was opened again elsewhere")

    def _check_hoard(self, asked: Wanted) -> None:
        """Readable names stay reserved, so nobody may have all of them. Raises `Refused`."""
        if asked.key is None or not asked.readable:
            return
        held = sum(entry.share.owner == asked.owner for entry in self.book)
        if held >= NAMES:
            raise Refused(f"your key holds {held} names, which is the most", reason="limit")

    def _refusal(self, refused: Refused) -> Refused:
        self.refused[refused.reason] = self.refused.get(refused.reason, 0) + 1
        return refused


def _describe(entry: Entry, asked: Wanted, registration: Registration, now: float) -> None:
    """What a client that comes says of the share and of itself."""
    entry.labels, entry.readable = asked.labels, asked.readable
    entry.key = asked.key.name if asked.key else None
    entry.client = "upstream" if registration.dialect is Dialect.UPSTREAM else "gradio"
    entry.address, entry.seen = registration.attempt.address, now
    entry.share.locations, entry.share.options = asked.locations, asked.options
