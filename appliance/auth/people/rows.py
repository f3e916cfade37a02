"""People as the database has them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Update, delete, insert, update

from appliance.auth import tables
from appliance.auth.people.naming import written_email, written_full_name
from appliance.auth.people.person import Change, Declared, Person


def person_of(row: Mapping[str, Any], groups: frozenset[str], declared: Declared | None) -> Person:
    said = declared or Declared(
        password_hash="-" if row["password_hash"] else None,
        full_name=row["full_name"],
        email=row["email"],
        groups=groups,
        admin=row["admin"],
        disabled=bool(row["disabled"] or row["from_yaml"]),
    )
    return Person(
        id=row["id"],
        name=row["name"],
        full_name=said.full_name,
        email=said.email.lower() if said.email else None,
        # Whoever writes the YAML vouches for the addresses in it.
        email_verified=row["email_verified"] if declared is None else bool(said.email),
        groups=said.groups,
        admin=said.admin,
        disabled=said.disabled,
        declared=declared is not None,
        has_password=said.password_hash is not None,
        created=row["created"],
        withdrawn=row["from_yaml"] and declared is None,
    )


def declared_row(name: str, told: Declared, now: float) -> dict[str, object]:
    return {
        "name": name,
        "full_name": "",
        "email": None,
        "email_verified": False,
        "password_hash": told.password_hash,
        "password_changed": None,
        "admin": False,
        "disabled": False,
        "from_yaml": True,
        "created": now,
    }


def changed_values(change: Change) -> dict[str, object]:
    values: dict[str, object] = {}
    if change.full_name is not None:
        values["full_name"] = written_full_name(change.full_name)
    if change.email is not None:
        values["email"] = written_email(change.email or None)
        # An address is as good as the proof of it, and that was for another one.
        values["email_verified"] = bool(change.email_verified)
    elif change.email_verified is not None:
        values["email_verified"] = change.email_verified
    for key in ("admin", "disabled"):
        if (value := getattr(change, key)) is not None:
            values[key] = value
    return values


def update_of(person: Person) -> Update:
    return update(tables.people).where(tables.people.c.id == person.id)


def join(connection: Connection, person: int, groups: frozenset[str]) -> None:
    if groups:
        rows = [{"person": person, "group": group} for group in sorted(groups)]
        connection.execute(insert(tables.memberships), rows)


def leave_all(connection: Connection, person: int) -> None:
    connection.execute(delete(tables.memberships).where(tables.memberships.c.person == person))
