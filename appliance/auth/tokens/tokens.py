"""Tokens: how programs show whose they are, each with what it may be used for."""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict
from ipaddress import ip_network

from sqlalchemy import Engine, RowMapping, bindparam, delete, insert, select, update

from appliance.auth import tables
from appliance.auth.failures import UnknownTokenError
from appliance.auth.secrets import Clock, digest, new_id, new_secret
from appliance.auth.tokens.token import PREFIX, Caveats, InvalidCaveatError, Issued, Token, Use

MOST_OF_A_PERSON = 100


class Tokens:
    """All of them. `create`, `revoke` and `tidy` write to the database: use a thread."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.RLock()
        self._used: set[str] = set()
        with engine.connect() as connection:
            rows = connection.execute(select(tables.tokens)).mappings().all()
        found = [_token(row) for row in rows]
        self._by_digest = {token.digest: token for token in found}
        self._by_id = {token.id: token for token in found}

    def find(self, secret: str) -> Token | None:
        """The token of a secret that somebody shows, unless it has run out; no database."""
        if not secret.startswith(PREFIX):
            return None
        return self._living(self._by_digest.get(digest(secret)))

    def by_id(self, token: str) -> Token | None:
        """The token a session was made with, unless it has run out."""
        return self._living(self._by_id.get(token))

    def create(self, person: int, label: str, caveats: Caveats) -> Issued:
        """Raises `InvalidCaveatError`."""
        label = " ".join(label.split())
        if not label or len(label) > 64 or not label.isprintable():
            raise InvalidCaveatError("Give the token a label of at most 64 characters.")
        if len(self.of(person)) >= MOST_OF_A_PERSON:
            raise InvalidCaveatError(f"A person has at most {MOST_OF_A_PERSON} tokens.")
        _check(caveats, self._clock())
        secret = PREFIX + new_secret()
        token = Token(new_id(), digest(secret), person, label, caveats, self._clock(), None)
        row = {
            "id": token.id,
            "digest": token.digest,
            "person": person,
            "label": label,
            "caveats": json.dumps(asdict(caveats)),
            "created": token.created,
            "last_used": None,
        }
        with self._lock:
            with self._engine.begin() as connection:
                connection.execute(insert(tables.tokens).values(row))
            self._by_digest[token.digest] = self._by_id[token.id] = token
        return Issued(token, secret)

    def of(self, person: int) -> list[Token]:
        """Also those that have run out; the newest first."""
        found = [token for token in list(self._by_id.values()) if token.person == person]
        return sorted(found, key=lambda token: token.created, reverse=True)

    def all(self) -> list[Token]:
        return sorted(self._by_id.values(), key=lambda token: token.created, reverse=True)

    def revoke(self, token: str, person: int | None = None) -> Token:
        """`person`: whose it must be. Sessions made with it are worth nothing any more.

        Raises `UnknownTokenError`.
        """
        with self._lock:
            found = self._by_id.get(token)
            if found is None or person not in (None, found.person):
                raise UnknownTokenError
            self._forget([found])
            with self._engine.begin() as connection:
                connection.execute(delete(tables.tokens).where(tables.tokens.c.id == token))
        return found

    def revoke_all(self, person: int) -> None:
        with self._lock:
            self._forget(self.of(person))
            with self._engine.begin() as connection:
                connection.execute(delete(tables.tokens).where(tables.tokens.c.person == person))

    def tidy(self) -> None:
        """Write down when tokens were used last."""
        with self._lock:
            used, self._used = self._used, set()
            known = [self._by_id[token] for token in used if token in self._by_id]
            if known:
                query = update(tables.tokens).where(tables.tokens.c.id == bindparam("key"))
                rows = [{"key": token.id, "at": token.last_used} for token in known]
                with self._engine.begin() as connection:
                    connection.execute(query.values(last_used=bindparam("at")), rows)

    def _living(self, token: Token | None) -> Token | None:
        if token is None:
            return None
        now, until = self._clock(), token.caveats.until
        if until is not None and until <= now:
            return None
        token.last_used = now
        self._used.add(token.id)
        return token

    def _forget(self, tokens: Iterable[Token]) -> None:
        for token in tokens:
            self._by_id.pop(token.id, None)
            self._by_digest.pop(token.digest, None)


def _check(caveats: Caveats, now: float) -> None:
    for network in caveats.networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise InvalidCaveatError(f"{network!r} is no network: {error}.") from None
    if caveats.until is not None and caveats.until <= now:
        raise InvalidCaveatError("The token would have run out already.")


def _token(row: RowMapping) -> Token:
    told = json.loads(row["caveats"])
    caveats = Caveats(
        apps=tuple(told["apps"]),
        uses=tuple(Use(use) for use in told["uses"]),
        networks=tuple(told["networks"]),
        until=told["until"],
        origin=told.get("origin", ""),
    )
    return Token(**{**row, "caveats": caveats})
