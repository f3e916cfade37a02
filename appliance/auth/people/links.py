"""One-time links: the first set-up, invitations, new passwords."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Engine, RowMapping, delete, insert, select, update

from appliance.auth import tables
from appliance.auth.failures import AuthError, BurnedLinkError
from appliance.auth.people.person import Person
from appliance.auth.secrets import Clock, digest, new_secret


class Kind(StrEnum):
    SETUP = "setup"
    """Makes the first administrator."""
    INVITATION = "invitation"
    """Makes somebody with the groups that were chosen when it was sent."""
    RESET = "reset"
    """Gives somebody a new password."""


LIVES = {
    Kind.SETUP: timedelta(hours=24),
    Kind.INVITATION: timedelta(days=7),
    Kind.RESET: timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the person gets who accepts."""

    groups: tuple[str, ...] = ()
    admin: bool = False
    name: str = ""
    """Suggested; the person may choose another one."""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is still good."""

    digest: bytes
    kind: Kind
    person: int | None
    """Whose password it resets."""
    invitation: Invitation
    created_by: str
    created: float
    expires: float


class Links:
    """All of them; every method asks the database: use a thread."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def setup(self) -> str:
        """A new link for the first administrator; former ones are worth nothing any more."""
        return self._make(Kind.SETUP, created_by="", invitation=Invitation(admin=True))

    def invite(self, invitation: Invitation, created_by: str) -> str:
        return self._make(Kind.INVITATION, created_by=created_by, invitation=invitation)

    def reset(self, person: Person, created_by: str) -> str:
        """A link for a new password; former ones of the person are worth nothing any more."""
        return self._make(Kind.RESET, created_by=created_by, person=person.id)

    def look(self, secret: str) -> Link:
        """The link, which stays good. Raises `BurnedLinkError`."""
        table = tables.links
        query = select(table).where(
            table.c.digest == digest(secret),
            table.c.used.is_(None),
            table.c.expires > self._clock(),
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise BurnedLinkError
        return _link(row)

    @contextmanager
    def using(self, secret: str) -> Iterator[Link]:
        """Burns the link for what happens inside; an `AuthError` there makes it good again.

        Raises `BurnedLinkError`. Of two who come at once one gets it.
        """
        link = self.look(secret)
        table = tables.links
        mine = update(table).where(table.c.digest == link.digest)
        with self._engine.begin() as connection:
            burned = connection.execute(
                mine.where(table.c.used.is_(None)).values(used=self._clock())
            )
        if burned.rowcount != 1:
            raise BurnedLinkError
        try:
            yield link
        except AuthError:
            with self._engine.begin() as connection:
                connection.execute(mine.values(used=None))
            raise

    def open(self) -> list[Link]:
        """Those that are still good, the newest first."""
        table = tables.links
        query = (
            select(table)
            .where(table.c.used.is_(None), table.c.expires > self._clock())
            .order_by(table.c.created.desc())
        )
        with self._engine.connect() as connection:
            return [_link(row) for row in connection.execute(query).mappings()]

    def revoke(self, link: Link) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(tables.links).where(tables.links.c.digest == link.digest))

    def _make(
        self,
        kind: Kind,
        *,
        created_by: str,
        person: int | None = None,
        invitation: Invitation | None = None,
    ) -> str:
        secret, now, table = new_secret(), self._clock(), tables.links
        row = {
            "digest": digest(secret),
            "kind": kind.value,
            "person": person,
            "invitation": json.dumps(asdict(invitation)) if invitation else None,
            "created_by": created_by,
            "created": now,
            "expires": now + LIVES[kind].total_seconds(),
        }
        with self._engine.begin() as connection:
            if kind is not Kind.INVITATION:
                # `person IS NULL` where there is none.
                former = delete(table).where(table.c.kind == kind.value, table.c.person == person)
                connection.execute(former)
            connection.execute(delete(table).where(table.c.expires <= now))
            connection.execute(insert(table).values(row))
        return secret


def _link(row: RowMapping) -> Link:
    told = json.loads(row["invitation"]) if row["invitation"] else {}
    invitation = Invitation(**{**told, "groups": tuple(told.get("groups", ()))})
    return Link(
        digest=row["digest"],
        kind=Kind(row["kind"]),
        person=row["person"],
        invitation=invitation,
        created_by=row["created_by"],
        created=row["created"],
        expires=row["expires"],
    )
