"""What the operator does to shares and keys."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog

from appliance.relay.gateway.directory import Why
from appliance.relay.shares.book import Book
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.failures import UnknownKeyError, UnknownShareError
from appliance.relay.shares.keys import Key, KeyLimits, new_password

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

    def protected_key(self, name: str) -> tuple[Key, str]:
        """A key with a new password for all that is shared with it, which is not in force yet."""
        password = new_password()
        return self._book.keys.protected(self._valid(name), password), password

    def unprotected_key(self, name: str) -> Key:
        """The same without one."""
        return replace(self._valid(name), password=None)

    def lock_key(self, key: Key) -> None:
        """Ask visitors of what is shared with a key for the password that it has, if any."""
        for entry in self._changed(key, password=key.password):
            self._locked(entry)
        _log.info("key.protected" if key.password else "key.unprotected", key=key.name)

    def limited_key(self, name: str, change: Callable[[KeyLimits], KeyLimits]) -> Key:
        """A key with other limits, which are not in force yet."""
        key = self._valid(name)
        return replace(key, limits=change(key.limits))

    def limit_key(self, key: Key) -> None:
        """Have what is shared with a key keep to the limits that it has. Ends stay as they are."""
        rules = self._book.rules
        for entry in self._changed(key, limits=key.limits):
            if rules is not None:
                self._book.allow(entry, rules)
            self._book.changed(entry)
        _log.info("key.limited", key=key.name)

    def revoke(self, name: str) -> Key:
        """End a key and what was shared with it."""
        key = replace(self._valid(name), revoked=self._book.now())
        self._book.keys.put(key)
        self._book.unwritten(keys=(name,))
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

    def _changed(self, key: Key, **changes: Any) -> list[Entry]:
        """What is shared with a key that has been written down with these changes."""
        book = self._book
        known = book.keys.named(key.name)
        # It may have been used, revoked or made anew meanwhile.
        if known is None or known.digest != key.digest:
            return []
        book.keys.put(replace(known, **changes))
        return [entry for entry in book if entry.key == key.name]

    def _locked(self, entry: Entry) -> None:
        self._book.lock(entry)
        self._book.changed(entry)
