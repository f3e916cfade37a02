"""Who somebody is to an external provider: its own, stable name for a person of ours."""

from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from appliance.auth import tables
from appliance.auth.failures import NameTakenError
from appliance.auth.secrets import Clock


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    provider: str
    subject: str
    person: int
    email: str | None
    created: float
    last_used: float | None


class ExternalIdentities:
    """Every method asks the database: use a thread."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def find(self, provider: str, subject: str) -> ExternalIdentity | None:
        """Marked as used now."""
        table = tables.external_identities
        key = (table.c.provider == provider) & (table.c.subject == subject)
        with self._engine.begin() as connection:
            row = connection.execute(select(table).where(key)).mappings().one_or_none()
            if row is None:
                return None
            connection.execute(update(table).where(key).values(last_used=self._clock()))
        return ExternalIdentity(**row)

    def link(self, provider: str, subject: str, person: int, email: str | None) -> None:
        """Raises `NameTakenError` if it is somebody's already; who is set aside gives it up."""
        row = {
            "provider": provider,
            "subject": subject,
            "person": person,
            "email": email,
            "created": self._clock(),
            "last_used": None,
        }
        table = tables.external_identities
        former = (table.c.provider == provider) & (table.c.subject == subject)
        waiting = table.c.person.in_(select(tables.set_aside.c.person))
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(table).where(former, waiting))
                connection.execute(insert(table).values(row))
        except IntegrityError:
            raise NameTakenError(f"This account at {provider} belongs to somebody.") from None

    def of(self, person: int) -> list[ExternalIdentity]:
        table = tables.external_identities
        query = select(table).where(table.c.person == person).order_by(table.c.provider)
        with self._engine.connect() as connection:
            return [ExternalIdentity(**row) for row in connection.execute(query).mappings()]

    def unlink(self, provider: str, person: int) -> None:
        table = tables.external_identities
        mine = (table.c.provider == provider) & (table.c.person == person)
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(mine))
