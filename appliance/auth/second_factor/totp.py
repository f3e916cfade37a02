"""Codes of an authenticator app (RFC 6238): six digits, a new one every 30 seconds."""

import hmac
from dataclasses import dataclass, field

import pyotp
from sqlalchemy import Engine, delete, insert, or_, select, update

from appliance.auth import tables
from appliance.auth.keys import Keys
from appliance.auth.people.person import Person
from appliance.auth.secrets import Clock

STEP, DIGITS, SKEW = 30, 6, 1
"""Seconds a code lasts, its length, and how many steps a phone's clock may be ahead or behind."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app has to know."""

    secret: str = field(repr=False)
    """Base32, to be typed where no picture can be read."""
    uri: str = field(repr=False)
    """`otpauth://…`, for the QR code."""


class Totp:
    """One authenticator secret a person. Every method but `enrolment` asks the database."""

    def __init__(self, engine: Engine, keys: Keys, clock: Clock) -> None:
        self._engine = engine
        self._keys = keys
        self._clock = clock

    def enrolment(self, person: Person, issuer: str, secret: str = "") -> Enrolment:
        """A new secret, or the picture of one that was made a moment ago. Nothing is kept."""
        secret = secret or pyotp.random_base32()
        uri = pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name=issuer)
        return Enrolment(secret, uri)

    def confirm(self, person: int, secret: str, code: str) -> bool:
        """Keep the secret in place of a former one, if the app shows the right code for it."""
        step = self._step(secret, code)
        if step is None:
            return False
        table = tables.totp_secrets
        row = {
            "person": person,
            "sealed": self._keys.seal.encrypt(secret.encode()),
            "confirmed": self._clock(),
            "last_step": step,
        }
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.person == person))
            connection.execute(insert(table).values(row))
        return True

    def check(self, person: int, code: str) -> bool:
        """Whether it is a code of now that was not used before; it counts as used then."""
        table = tables.totp_secrets
        with self._engine.connect() as connection:
            query = select(table.c.sealed).where(table.c.person == person)
            sealed = connection.execute(query).scalar_one_or_none()
        secret = self._keys.unseal(sealed) if sealed is not None else None
        step = self._step(secret.decode(), code) if secret is not None else None
        if step is None:
            return False
        unused = or_(table.c.last_step.is_(None), table.c.last_step < step)
        with self._engine.begin() as connection:
            # Of two who send the same code at once one finds it unused.
            used = connection.execute(
                update(table).where(table.c.person == person, unused).values(last_step=step)
            )
        return used.rowcount == 1

    def enrolled(self, person: int) -> bool:
        table = tables.totp_secrets
        with self._engine.connect() as connection:
            query = select(table.c.person).where(table.c.person == person)
            return connection.execute(query).first() is not None

    def remove(self, person: int) -> None:
        table = tables.totp_secrets
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.person == person))

    def _step(self, secret: str, code: str) -> int | None:
        """The step a code belongs to, among those that are good now."""
        typed = "".join(code.split())
        if len(typed) != DIGITS or not typed.isascii() or not typed.isdigit():
            return None
        now, totp = int(self._clock() // STEP), pyotp.TOTP(secret, digits=DIGITS, interval=STEP)
        found = None
        for step in range(now - SKEW, now + SKEW + 1):
            if hmac.compare_digest(totp.generate_otp(step), typed):
                found = step
        return found
