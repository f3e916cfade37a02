"""What the operator does to shares and keys."""

from dataclasses import replace

import structlog

from appliance.relay.gateway.directory import Why
from appliance.relay.shares.book import Book
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.failures import UnknownKeyError, UnknownShareError
from appliance.relay.shares.keys import Key, new_password

_log = structlog.get_logger(__name__)


class Steering:
    """Each raises `UnknownShareError` or `UnknownKeyError`."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def kick(self, name: str) -> Entry:
        """End a share."""
        entry = self._named(name)
        if entry.gone is None:
            self._book.end(entry, Why.ENDED, "the operator ended this share")
        return entry

    def extend(self, name: str, seconds: float | None) -> Entry:
        """Let a name end so much later, or never (None); one that is gone may come back."""
        book = self._book
        entry, now = self._named(name), book.now()
        end = entry.share.expires
        start = now if entry.gone is not None or end is None else max(now, end)
        entry.share.expires = None if seconds is None else start + seconds
        entry.gone, entry.warned = None, False
        if book.rules is not None:
            book.place(entry, book.rules)
        book.changed(entry)
        _log.info("share.extended", name=name, expires=entry.share.expires)
        return entry

    def protect(self, name: str) -> tuple[Entry, str]:
        """Put a new password on a share, in place of any other."""
        entry, password = self._named(name), new_password()
        entry.sealed = self._book.keys.lock(name, password).digest
        self._locked(entry)
        _log.info("share.protected", name=name)
        return entry, password

    def unprotect(self, name: str) -> Entry:
        """Take the operator's password away again."""
        entry = self._named(name)
        entry.sealed = None
        self._locked(entry)
        _log.info("share.unprotected", name=name)
        return entry

    def protect_key(self, name: str) -> tuple[Key, str]:
        """Put a new password on all that is shared with a key, now and later."""
        password = new_password()
        key = self._book.keys.protected(self._valid(name), password)
        self._changed(key)
        _log.info("key.protected", key=name)
        return key, password

    def unprotect_key(self, name: str) -> Key:
        """Take that password away again."""
        key = replace(self._valid(name), password=None)
        self._changed(key)
        _log.info("key.unprotected", key=name)
        return key

    def revoke(self, name: str) -> Key:
        """End a key and what was shared with it."""
        key = replace(self._valid(name), revoked=self._book.now())
        self._book.keys.put(key)
        for entry in self._book:
            if entry.key == name and entry.gone is None:
                self._book.end(entry, Why.ENDED, "its key was revoked")
        _log.info("key.revoked", key=name)
        return key

    def _named(self, name: str) -> Entry:
        entry = self._book.get(name)
        if entry is None:
            raise UnknownShareError(name)
        return entry

    def _valid(self, name: str) -> Key:
        key = self._book.keys.named(name)
        if key is None or key.revoked is not None:
            raise UnknownKeyError(name)
        return key

    def _changed(self, key: Key) -> None:
        self._book.keys.put(key)
        for entry in self._book:
            if entry.key == key.name:
                self._locked(entry)

    def _locked(self, entry: Entry) -> None:
        self._book.lock(entry)
        self._book.changed(entry)
