"""Two accounts of one name: the one that the YAML names, and one that was made here.

They are two people. While the YAML names somebody its account alone counts: whoever had the name
before may be anybody, and what he has proved, made or connected proves nothing about whom the YAML
means. He is set aside, and loses nothing: without the YAML's words all is as it was before them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from appliance.auth import tables
from appliance.auth.people.person import Declared
from appliance.auth.people.rows import declared_row


@dataclass(frozen=True, slots=True)
class Account:
    """One of perhaps two with the name."""

    id: int
    name: str
    from_yaml: bool
    aside: bool
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became different."""

    set_aside: tuple[str, ...] = ()
    """Names that another account has now."""
    put_back: tuple[str, ...] = ()
    """Those of accounts that were made here and count again."""
    out: frozenset[int] = frozenset()
    """Whose sessions have ended: set aside, or with another password in the YAML."""


def aside(accounts: Iterable[Account], declared: Collection[str]) -> frozenset[int]:
    """Ids of those that do not count. Pure."""
    known = list(accounts)
    made_here = {account.name for account in known if not account.from_yaml}
    return frozenset(
        account.id
        for account in known
        if (account.name in declared) != account.from_yaml and account.name in made_here
    )


def settle(connection: Connection, users: Mapping[str, Declared], now: float) -> Settled:
    """Make the database say what the YAML says. Writes only what is not so already."""
    accounts = [_account(row) for row in rows(connection)]
    waiting = aside(accounts, users)
    going = [one for one in accounts if one.id in waiting and not one.aside]
    coming = [one for one in accounts if one.id not in waiting and one.aside]
    for one in going:
        connection.execute(insert(tables.set_aside).values(person=one.id, name=one.name))
        # No name that anybody can have: names are those of people who count.
        _rename(connection, one.id, f"={one.id}")
    for one in coming:
        connection.execute(delete(tables.set_aside).where(tables.set_aside.c.person == one.id))
        _rename(connection, one.id, one.name)
    known = {one.name for one in accounts if one.from_yaml}
    new = [declared_row(name, told, now) for name, told in users.items() if name not in known]
    if new:
        connection.execute(insert(tables.people), new)
    out = frozenset(one.id for one in going) | _with_another_password(connection, accounts, users)
    if out:
        # With the rest or not at all: a password is changed because somebody else has it.
        connection.execute(delete(tables.sessions).where(tables.sessions.c.person.in_(out)))
    return Settled(
        tuple(one.name for one in going if not one.from_yaml),
        tuple(one.name for one in coming if not one.from_yaml),
        out,
    )


def rows(connection: Connection) -> list[dict[str, Any]]:
    """Of all people, by the names they have when they count; `aside`: they do not."""
    names = {row.person: row.name for row in connection.execute(select(tables.set_aside))}
    every = connection.execute(select(tables.people).order_by(tables.people.c.id)).mappings()
    return [
        {**row, "name": names.get(row["id"], row["name"]), "aside": row["id"] in names}
        for row in every
    ]


def counting(
    known: Iterable[Mapping[str, Any]], declared: Collection[str] | None
) -> list[Mapping[str, Any]]:
    """The rows of those who count; `declared` None: as it was settled last. Pure."""
    every = list(known)
    if declared is None:
        return [row for row in every if not row["aside"]]
    waiting = aside(map(_account, every), declared)
    return [row for row in every if row["id"] not in waiting]


def of_the_same_name(connection: Connection, name: str) -> frozenset[int]:
    """Ids of accounts set aside that have this name otherwise."""
    table = tables.set_aside
    query = select(table.c.person).where(table.c.name == name)
    return frozenset(connection.execute(query).scalars())


def _account(row: Mapping[str, Any]) -> Account:
    return Account(**{one.name: row[one.name] for one in fields(Account)})


def _with_another_password(
    connection: Connection, accounts: Iterable[Account], users: Mapping[str, Declared]
) -> frozenset[int]:
    """Remembers the hash in the YAML; an account that it no longer names has none."""
    out, people = set(), tables.people
    for one in accounts:
        told = users[one.name].password_hash if one.name in users else None
        if one.from_yaml and one.password_hash != told:
            mine = update(people).where(people.c.id == one.id)
            connection.execute(mine.values(password_hash=told))
            out.add(one.id)
    return frozenset(out)


def _rename(connection: Connection, person: int, name: str) -> None:
    people = tables.people
    connection.execute(update(people).where(people.c.id == person).values(name=name))
