"""People: made here or declared in the YAML, whose account alone counts.

Everybody is held in memory, so that a decision about a visitor asks no database. Methods that
change something write it first; call them from a thread.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from appliance.auth import tables
from appliance.auth.failures import (
    DeclaredInYamlError,
    NameTakenError,
    UnknownPersonError,
    WithdrawnError,
)
from appliance.auth.people.declaring import Settled, counting, of_the_same_name, rows, settle
from appliance.auth.people.naming import (
    written_email,
    written_full_name,
    written_groups,
    written_name,
)
from appliance.auth.people.passwords import Passwords, demand_strong
from appliance.auth.people.person import Change, Declared, NewPerson, Person
from appliance.auth.people.rows import (
    changed_values,
    join,
    leave_all,
    person_of,
    update_of,
)
from appliance.auth.secrets import Clock


class People:
    """All of them. Raises the errors of `appliance.auth.failures`."""

    def __init__(self, engine: Engine, passwords: Passwords, clock: Clock) -> None:
        self._engine = engine
        self._passwords = passwords
        self._clock = clock
        self._lock = threading.RLock()
        self._declared: Mapping[str, Declared] | None = None
        """None: what the YAML says is not known yet, but whose names it had last."""
        self._rows: Sequence[Mapping[str, Any]] = ()
        self._groups: Mapping[int, set[str]] = {}
        self._by_id: dict[int, Person] = {}
        self._by_name: dict[str, Person] = {}
        self._load()

    def by_id(self, person: int) -> Person | None:
        return self._by_id.get(person)

    def by_name(self, name: str) -> Person | None:
        """Whatever case the name is written in."""
        return self._by_name.get(name.strip().lower())

    def by_email(self, email: str) -> Person | None:
        """The one person with this verified address; None if there are several."""
        wanted = email.strip().lower()
        found = [p for p in self.everybody() if p.email_verified and p.email == wanted]
        return found[0] if len(found) == 1 else None

    def named(self, name: str) -> Person:
        """Raises `UnknownPersonError`."""
        found = self.by_name(name)
        if found is None:
            raise UnknownPersonError(name)
        return found

    def everybody(self) -> tuple[Person, ...]:
        """By name."""
        return tuple(sorted(self._by_id.values(), key=lambda person: person.name))

    @property
    def has_admin(self) -> bool:
        """Whether anybody could take care of the others."""
        return any(p.admin and not p.disabled for p in self._by_id.values())

    def create(self, new: NewPerson) -> Person:
        name, email, chosen = (
            written_name(new.name),
            written_email(new.email),
            written_groups(new.groups),
        )
        full_name = written_full_name(new.full_name)
        if name in (self._declared or ()) or self.by_name(name) is not None:
            raise NameTakenError(f"The name {name!r} is taken.")
        hashed = None
        if new.password is not None:
            demand_strong(new.password, name, email or "")
            hashed = self._passwords.hash(new.password)
        now = self._clock()
        row = {
            "name": name,
            "full_name": full_name,
            "email": email,
            "email_verified": new.email_verified and email is not None,
            "password_hash": hashed,
            "password_changed": now if hashed else None,
            "admin": new.admin,
            "disabled": False,
            "from_yaml": False,
            "created": now,
        }
        with self._lock:
            try:
                with self._engine.begin() as connection:
                    made = connection.execute(insert(tables.people).values(row))
                    assert made.inserted_primary_key is not None
                    join(connection, made.inserted_primary_key[0], chosen)
            except IntegrityError:
                raise NameTakenError(_taken(name, email)) from None
            self._load()
            return self._by_name[name]

    def change(self, name: str, change: Change) -> Person:
        """Raises `DeclaredInYamlError`, `WithdrawnError` for somebody the YAML decides about."""
        with self._lock:
            person = self._own(name, "What you want to change")
            if person.withdrawn and change.disabled is False:
                raise WithdrawnError(person.name)
            values = changed_values(change)
            try:
                with self._engine.begin() as connection:
                    if values:
                        connection.execute(update_of(person).values(values))
                    if change.groups is not None:
                        leave_all(connection, person.id)
                        join(connection, person.id, written_groups(change.groups))
            except IntegrityError:
                raise NameTakenError(_taken(name, change.email)) from None
            self._load()
            return self._by_name[person.name]

    def set_password(self, name: str, password: str) -> Person:
        """Whoever calls this ends the person's other sessions."""
        person = self._own(name, "The password")
        demand_strong(password, person.name, person.email or "")
        return self._store_hash(person, self._passwords.hash(password))

    def password_holder(self, name: str) -> Person:
        """Somebody whose password can be changed here.

        Raises `DeclaredInYamlError`, `WithdrawnError`.
        """
        person = self._own(name, "The password")
        if person.withdrawn:
            raise WithdrawnError(person.name)
        return person

    def remove(self, name: str) -> frozenset[int]:
        """For good, with factors, sessions and tokens. The audit keeps the name.

        Their ids: one that was set aside goes too, lest somebody come back by it.
        """
        with self._lock:
            person = self._own(name, "Whether there is an account")
            with self._engine.begin() as connection:
                gone = of_the_same_name(connection, person.name) | {person.id}
                connection.execute(delete(tables.people).where(tables.people.c.id.in_(gone)))
            self._load()
            return gone

    def verify(self, name: str, password: str) -> Person | None:
        """The person if the password is right and he may sign in; takes the same time always.

        A hash made with older parameters is replaced. Raises `BusyError`.
        """
        person = self.by_name(name)
        stored = self._hash_of(person)
        right = self._passwords.verify(stored, password)
        if not right or person is None or stored is None:
            return None
        renewed = not person.declared and self._passwords.outdated(stored)
        new = self._passwords.hash(password) if renewed else None
        with self._lock:
            # All that took a while, in which the password may have become another one.
            now = self.by_id(person.id)
            if now is None or now.disabled or self._hash_of(now) != stored:
                return None
            return self._store_hash(now, new, changed=False) if new else now

    def declare(self, users: Mapping[str, Declared]) -> Settled:
        """Take up what the YAML says about people; those it no longer names lose what it gave.

        Whoever calls this ends the sessions of those who are out, which are in memory too.
        """
        self.believe(users)
        with self._lock:
            with self._engine.begin() as connection:
                settled = settle(connection, users, self._clock())
            self._load()
            return settled

    def believe(self, users: Mapping[str, Declared]) -> None:
        """The same in memory alone, at once: nobody is taken for somebody whom the YAML names.

        Whom it names for the first time is there once he is `declare`d.
        """
        self._declared = dict(users)
        self._show()

    def _own(self, name: str, what: str) -> Person:
        person = self.named(name)
        if person.declared:
            raise DeclaredInYamlError(person.name, what)
        return person

    def _store_hash(self, person: Person, hashed: str, *, changed: bool = True) -> Person:
        values: dict[str, object] = {"password_hash": hashed}
        if changed:
            values["password_changed"] = self._clock()
        with self._lock:
            with self._engine.begin() as connection:
                connection.execute(update_of(person).values(values))
            self._load()
            return self._by_id[person.id]

    def _hash_of(self, person: Person | None) -> str | None:
        """The database is asked about everybody: how long it takes would tell."""
        column = tables.people.c.password_hash
        with self._engine.connect() as connection:
            query = select(column).where(tables.people.c.id == (person.id if person else 0))
            kept = connection.execute(query).scalar_one_or_none()
        declared = (self._declared or {}).get(person.name) if person else None
        return declared.password_hash if declared else kept

    def _load(self) -> None:
        with self._engine.connect() as connection:
            groups: dict[int, set[str]] = {}
            for person, group in connection.execute(select(tables.memberships)):
                groups.setdefault(person, set()).add(group)
            self._rows, self._groups = rows(connection), groups
        self._show()

    def _show(self) -> None:
        """Readers see the old dictionaries or the new ones, never half of either."""
        declared, groups = self._declared, self._groups
        found = [
            person_of(
                row,
                frozenset(groups.get(row["id"], ())),
                (declared or {}).get(row["name"]) if row["from_yaml"] else None,
            )
            for row in counting(self._rows, declared)
        ]
        self._by_id = {person.id: person for person in found}
        self._by_name = {person.name: person for person in found}


def _taken(name: str, email: str | None) -> str:
    return f"The name {name!r}" + (f" or the address {email!r}" if email else "") + " is taken."
