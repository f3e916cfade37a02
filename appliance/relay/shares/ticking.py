"""What time does to shares: expiry, warnings, daily limits, forgetting."""

from collections import Counter

import structlog

from appliance.relay.gateway.directory import Why
from appliance.relay.rules import REMEMBERED, Rules, day_of
from appliance.relay.shares import limits
from appliance.relay.shares.book import Book
from appliance.relay.shares.entry import Entry

_log = structlog.get_logger(__name__)


def tick(book: Book) -> None:
    """To be called about once a second."""
    now = book.now()
    for entry in book:
        expires = entry.share.expires
        if entry.gone is not None:
            if now - entry.gone.at > REMEMBERED:
                book.forget(entry)
        elif expires is not None and expires <= now:
            book.end(entry, Why.EXPIRED, "its time is up")
        elif not entry.connected and entry.forgettable() and now - entry.seen > REMEMBERED:
            book.forget(entry)
        else:
            _warn(book, entry, now)
    _measure(book, day_of(now))


def _warn(book: Book, entry: Entry, now: float) -> None:
    if entry.warned or not entry.ending(now):
        return
    entry.warned = True
    book.changed(entry)
    _log.warning("share.ending", name=entry.name, expires=entry.share.expires)


def _measure(book: Book, today: int) -> None:
    """Which names, owners, or all together have used up their bytes of today."""
    rules, in_all = book.rules, 0
    for entry in book:
        if entry.day != today:
            entry.day, entry.day_start = today, entry.bytes
        # What has ended today counts as well: another name is no way round.
        in_all += entry.today
    if rules is None:
        return
    of_spent_owners = _of_spent_owners(book, rules)
    all_spent = _reached(in_all, rules.traffic_in_all)
    for entry in book:
        if not entry.connected:
            continue
        owner_spent = entry.name in of_spent_owners
        own = limits.traffic(rules, book.key_of(entry))
        spent = all_spent or owner_spent or _reached(entry.today, own)
        if spent != entry.spent:
            entry.spent = spent
            book.allow(entry, rules)
            book.changed(entry)
            _log.info("share.spent" if spent else "share.refilled", name=entry.name)


def _of_spent_owners(book: Book, rules: Rules) -> set[str]:
    """Names of all that belong to somebody who has used up his bytes."""
    if rules.traffic_per_owner is None and not any(one.limits.total_traffic for one in book.keys):
        return set()
    passed = Counter[str]()
    for entry in book:
        passed[entry.owner] += entry.today
    return {
        entry.name
        for entry in book
        if _reached(passed[entry.owner], limits.traffic_of_owner(rules, book.key_of(entry)))
    }


def _reached(size: int, limit: int | None) -> bool:
    return limit is not None and size >= limit
