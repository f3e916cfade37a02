"""The registry on disk: read once at start, written behind afterwards. All calls block."""

import math
import os
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, bindparam, delete, insert, select
from sqlalchemy.engine import Connection, RowMapping

from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.share import Share, Traffic
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.keys import Key, KeyLimits, new_pepper
from appliance.relay.shares.tables import keys, shares
from appliance.store.database import open_database, url_of

_LIMITS = tuple(one.name for one in fields(KeyLimits) if one.name != "lifetime")
"""Columns that are called as what they hold."""


class Storage:
    """One database. Raises `sqlalchemy.exc.SQLAlchemyError` where it cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, path: Path) -> "Storage":
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)  # what SQLite puts beside it gets the same mode
        return cls(open_database(url_of(path), "relay"))

    def close(self) -> None:
        self._engine.dispose()

    def entries(self) -> list[Entry]:
        with self._engine.connect() as connection:
            return [_entry(row) for row in connection.execute(select(shares)).mappings()]

    def keys(self) -> list[Key]:
        with self._engine.connect() as connection:
            return [_key(row) for row in connection.execute(select(keys)).mappings()]

    def save(
        self,
        changed: Iterable[dict[str, Any]],
        forgotten: Iterable[str] = (),
        used: Iterable[Key] = (),
    ) -> None:
        """Rows of entries (see `row`), names to remove, and keys; all or nothing."""
        rows = list(changed)
        with self._engine.begin() as connection:
            _remove(connection, shares, [*(values["name"] for values in rows), *forgotten])
            _insert(connection, shares, rows)
            rows = [_key_row(key) for key in used]
            _remove(connection, keys, [values["name"] for values in rows])
            _insert(connection, keys, rows)


def pepper(path: Path) -> bytes:
    """What keys are hashed with; made at the first start. Without it no key is valid any more."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        file.write(made := new_pepper())
        file.flush()
        os.fsync(file.fileno())
    return made


def row(entry: Entry) -> dict[str, Any]:
    """An entry as it is now, free of what the event loop goes on changing."""
    share, now, before = entry.share, entry.share.traffic, entry.before
    return {
        "name": share.name,
        "labels": list(entry.labels),
        "locations": list(share.locations),
        "owner": share.owner,
        "key": entry.key,
        "readable": entry.readable,
        "client": entry.client,
        "address": entry.address,
        "since": share.since,
        "expires": share.expires,
        "seen": entry.seen,
        "gone_why": entry.gone.why.value if entry.gone else None,
        "gone_at": entry.gone.at if entry.gone else None,
        "requests": now.requests + before.requests,
        "errors": now.errors + before.errors,
        "received": now.received + before.received,
        "sent": now.sent + before.sent,
        "day": entry.day,
        "day_start": entry.day_start,
        "sealed": entry.sealed,
    }


def _entry(row: RowMapping) -> Entry:
    share = Share(
        name=row["name"],
        hosts=(),
        url="",
        owner=row["owner"],
        locations=tuple(row["locations"]),
        since=row["since"],
        expires=row["expires"],
    )
    why = row["gone_why"]
    return Entry(
        share=share,
        labels=tuple(row["labels"]),
        key=row["key"],
        readable=row["readable"],
        client=row["client"],
        address=row["address"],
        seen=row["seen"],
        gone=Gone(Why(why), row["gone_at"]) if why else None,
        before=Traffic(
            requests=row["requests"],
            errors=row["errors"],
            received=row["received"],
            sent=row["sent"],
        ),
        day=row["day"],
        day_start=row["day_start"],
        sealed=row["sealed"],
    )


def _key(row: RowMapping) -> Key:
    lifetime = math.inf if row["forever"] else row["lifetime"]
    return Key(
        name=row["name"],
        digest=row["digest"],
        label_digest=row["label_digest"],
        made=row["made"],
        limits=KeyLimits(lifetime=lifetime, **{name: row[name] for name in _LIMITS}),
        revoked=row["revoked"],
        used=row["used"],
        password=row["password"],
    )


def _key_row(key: Key) -> dict[str, Any]:
    lifetime = key.limits.lifetime
    forever = lifetime is not None and math.isinf(lifetime)
    return {
        "name": key.name,
        "digest": key.digest,
        "label_digest": key.label_digest,
        "made": key.made,
        "revoked": key.revoked,
        "used": key.used,
        "password": key.password,
        "lifetime": None if forever else lifetime,
        "forever": forever,
        **{name: getattr(key.limits, name) for name in _LIMITS},
    }


# SQLite and PostgreSQL write an upsert differently; to remove and insert is right in both.
def _remove(connection: Connection, table: Table, names: list[str]) -> None:
    if names:
        gone = delete(table).where(table.c.name == bindparam("gone"))
        connection.execute(gone, [{"gone": name} for name in names])


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
