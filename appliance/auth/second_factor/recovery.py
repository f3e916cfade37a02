"""Recovery codes: for the day the phone is gone. Each opens once."""

import base64
import secrets

from sqlalchemy import Engine, delete, func, insert, select, update

from appliance.auth import tables
from appliance.auth.secrets import Clock, digest

CODES = 10
_BYTES, _GROUP = 10, 4
_LIKELY = str.maketrans("01", "ol")
"""Digits that are in no code, for the letters people take them for."""


class RecoveryCodes:
    """Ten a person, of which only digests are kept. Every method asks the database."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def make(self, person: int) -> tuple[str, ...]:
        """New ones, to be shown once; those from before are worth nothing any more."""
        codes = tuple(_new() for _ in range(CODES))
        table = tables.recovery_codes
        rows = [{"digest": _digest(person, code), "person": person, "used": None} for code in codes]
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.person == person))
            connection.execute(insert(table), rows)
        return codes

    def use(self, person: int, code: str) -> bool:
        """Whether it is one of the person's that was not used before; it is now."""
        table = tables.recovery_codes
        mine = (table.c.digest == _digest(person, code)) & (table.c.person == person)
        with self._engine.begin() as connection:
            query = update(table).where(mine, table.c.used.is_(None)).values(used=self._clock())
            return connection.execute(query).rowcount == 1

    def left(self, person: int) -> int:
        table = tables.recovery_codes
        mine = (table.c.person == person) & table.c.used.is_(None)
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).where(mine)).scalar_one()

    def remove(self, person: int) -> None:
        table = tables.recovery_codes
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.person == person))


def _new() -> str:
    """80 random bits in four groups of four letters and digits."""
    text = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def _digest(person: int, code: str) -> bytes:
    """However it was typed: with or without dashes, in capitals, with a zero for an o."""
    bare = "".join(char for char in code.lower() if char.isalnum()).translate(_LIKELY)
    return digest(f"recovery {person} {bare}")
