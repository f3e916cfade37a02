"""People: made here or declared in the YAML, where the YAML wins.

Everybody is held in memory, so that a decision about a visitor asks no database. Methods that
change something write it first; call them from a thread.
"""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, RowMapping, Update, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from appliance.auth import tables
from appliance.auth.failures import (
    DeclaredInYamlError,
    InvalidPersonError,
    NameTakenError,
    UnknownPersonError,
)
from appliance.auth.passwords import Passwords, demand_strong
from appliance.auth.secrets import Clock

NAME = re.compile(r"[a-z0-9]([a-z0-9._@+-]{0,62}[a-z0-9])?")
GROUP = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[a-z0-9]([a-z0-9.-]{0,186}[a-z0-9])?")
MOST_GROUPS = 64
"""Groups travel in a header with every request."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in, as of now; replaced by a new one when anything changes."""

    id: int
    name: str
    full_name: str
    email: str | None
    email_verified: bool
    groups: frozenset[str]
    admin: bool
    disabled: bool
    """May not sign in, and whatever proof of him exists counts for nothing."""
    declared: bool
    """In the YAML, which decides about the password, the groups and the rest."""
    has_password: bool
    created: float

    @property
    def shown(self) -> str:
        """What to call the person on a page."""
        return self.full_name or self.name


@dataclass(frozen=True, slots=True)
class Declared:
    """Somebody the YAML names."""

    password_hash: str | None = field(default=None, repr=False)
    full_name: str = ""
    email: str | None = None
    groups: frozenset[str] = frozenset()
    admin: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be made. Without a password he signs in by a provider or an invitation."""

    name: str
    password: str | None = field(default=None, repr=False)
    full_name: str = ""
    email: str | None = None
    email_verified: bool = False
    groups: Iterable[str] = ()
    admin: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes different about somebody; None: nothing."""

    full_name: str | None = None
    email: str | None = None
    """Empty: none."""
    email_verified: bool | None = None
    groups: Iterable[str] | None = None
    admin: bool | None = None
    disabled: bool | None = None


class People:
    """All of them. Raises the errors of `appliance.auth.failures`."""

    def __init__(self, engine: Engine, passwords: Passwords, clock: Clock) -> None:
        self._engine = engine
        self._passwords = passwords
        self._clock = clock
        self._lock = threading.RLock()
        self._declared: Mapping[str, Declared] = {}
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
        name, email, chosen = _name(new.name), _email(new.email), _groups(new.groups)
        full_name = _full_name(new.full_name)
        if self.by_name(name) is not None:
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
                    _join(connection, made.inserted_primary_key[0], chosen)
            except IntegrityError:
                raise NameTakenError(_taken(name, email)) from None
            self._load()
            return self._by_name[name]

    def change(self, name: str, change: Change) -> Person:
        """Raises `DeclaredInYamlError` for somebody the YAML decides about."""
        with self._lock:
            person = self._own(name, "What you want to change")
            values = _values(change)
            try:
                with self._engine.begin() as connection:
                    if values:
                        connection.execute(_where(person).values(values))
                    if change.groups is not None:
                        _leave_all(connection, person.id)
                        _join(connection, person.id, _groups(change.groups))
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
        """Somebody whose password can be changed here. Raises as `set_password` does."""
        return self._own(name, "The password")

    def remove(self, name: str) -> None:
        """For good, with factors, sessions and tokens. The audit keeps the name."""
        with self._lock:
            person = self._own(name, "Whether there is an account")
            with self._engine.begin() as connection:
                connection.execute(delete(tables.people).where(tables.people.c.id == person.id))
            self._load()

    def verify(self, name: str, password: str) -> Person | None:
        """The person if the password is right and he may sign in; takes the same time always.

        A hash made with older parameters is replaced. Raises `BusyError`.
        """
        person = self.by_name(name)
        stored = self._hash_of(person) if person else None
        right = self._passwords.verify(stored, password)
        if not right or person is None or stored is None or person.disabled:
            return None
        if not person.declared and self._passwords.outdated(stored):
            return self._store_hash(person, self._passwords.hash(password), changed=False)
        return person

    def declare(self, users: Mapping[str, Declared]) -> None:
        """Take up what the YAML says about people; those it no longer names lose what it gave."""
        with self._lock:
            known = {person.name for person in self._by_id.values()}
            new = [_declared_row(name, self._clock()) for name in users if name not in known]
            if new:
                with self._engine.begin() as connection:
                    connection.execute(insert(tables.people), new)
            self._declared = dict(users)
            self._load()

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
                connection.execute(_where(person).values(values))
            self._load()
            return self._by_id[person.id]

    def _hash_of(self, person: Person) -> str | None:
        if declared := self._declared.get(person.name):
            return declared.password_hash
        column = tables.people.c.password_hash
        with self._engine.connect() as connection:
            query = select(column).where(tables.people.c.id == person.id)
            return connection.execute(query).scalar_one_or_none()

    def _load(self) -> None:
        """Readers see the old dictionaries or the new ones, never half of either."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(tables.people)).mappings().all()
            groups: dict[int, set[str]] = {}
            for person, group in connection.execute(select(tables.memberships)):
                groups.setdefault(person, set()).add(group)
        found = [
            _person(row, frozenset(groups.get(row["id"], ())), self._declared.get(row["name"]))
            for row in rows
        ]
        self._by_id = {person.id: person for person in found}
        self._by_name = {person.name: person for person in found}


def _person(row: RowMapping, groups: frozenset[str], declared: Declared | None) -> Person:
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
    )


def _declared_row(name: str, now: float) -> dict[str, object]:
    return {
        "name": name,
        "full_name": "",
        "email": None,
        "email_verified": False,
        "password_hash": None,
        "password_changed": None,
        "admin": False,
        "disabled": False,
        "from_yaml": True,
        "created": now,
    }


def _values(change: Change) -> dict[str, object]:
    values: dict[str, object] = {}
    if change.full_name is not None:
        values["full_name"] = _full_name(change.full_name)
    if change.email is not None:
        values["email"] = _email(change.email or None)
        # An address is as good as the proof of it, and that was for another one.
        values["email_verified"] = bool(change.email_verified)
    elif change.email_verified is not None:
        values["email_verified"] = change.email_verified
    for key in ("admin", "disabled"):
        if (value := getattr(change, key)) is not None:
            values[key] = value
    return values


def _where(person: Person) -> Update:
    return update(tables.people).where(tables.people.c.id == person.id)


def _join(connection: Connection, person: int, groups: frozenset[str]) -> None:
    if groups:
        rows = [{"person": person, "group": group} for group in sorted(groups)]
        connection.execute(insert(tables.memberships), rows)


def _leave_all(connection: Connection, person: int) -> None:
    connection.execute(delete(tables.memberships).where(tables.memberships.c.person == person))


def checked(name: str, email: str | None, groups: Iterable[str]) -> None:
    """Raises `InvalidPersonError` for what no account could have."""
    _name(name)
    _email(email)
    _groups(groups)


def _name(text: str) -> str:
    name = text.strip().lower()
    if not NAME.fullmatch(name):
        raise InvalidPersonError(
            "A name has at most 64 small letters, digits and . _ @ + - inside, such as `ada`."
        )
    return name


def _full_name(text: str) -> str:
    full = " ".join(text.split())
    if len(full) > 200 or not all(char.isprintable() for char in full):
        raise InvalidPersonError("A full name has at most 200 printable characters.")
    return full


def _email(text: str | None) -> str | None:
    if text is None:
        return None
    email = text.strip().lower()
    if not email.isascii() or not _EMAIL.fullmatch(email):
        raise InvalidPersonError("That is no e-mail address.")
    return email


def _groups(groups: Iterable[str]) -> frozenset[str]:
    chosen = frozenset(group.strip().lower() for group in groups)
    if len(chosen) > MOST_GROUPS:
        raise InvalidPersonError(f"A person is in at most {MOST_GROUPS} groups.")
    for group in chosen:
        if not GROUP.fullmatch(group):
            raise InvalidPersonError(
                "A group has at most 64 small letters, digits and . _ - inside, such as `lab`."
            )
    return chosen


def _taken(name: str, email: str | None) -> str:
    return f"The name {name!r}" + (f" or the address {email!r}" if email else "") + " is taken."
