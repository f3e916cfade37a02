"""What time does to shares: expiry, warnings, daily limits, forgetting."""

import structlog

from appliance.relay.gateway.directory import Why
from appliance.relay.rules import REMEMBERED, day_of
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
            _measure(book, entry, now)


def _warn(book: Book, entry: Entry, now: float) -> None:
    if entry.warned or not entry.ending(now):
        return
    entry.warned = True
    book.changed(entry)
    _log.warning("share.ending", name=entry.name, expires=entry.share.expires)


def _measure(book: Book, entry: Entry, now: float) -> None:
    """Whether it has used up its bytes of today."""
    today, rules = day_of(now), book.rules
    if entry.day != today:
        entry.day, entry.day_start = today, entry.bytes
    if rules is None or not entry.connected:
        return
    spent = rules.traffic is not None and entry.bytes - entry.day_start >= rules.traffic
    if spent != entry.spent:
        entry.spent = spent
        book.allow(entry, rules)
        book.changed(entry)
        _log.info("share.spent" if spent else "share.refilled", name=entry.name)
