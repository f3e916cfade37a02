"""The proof of who a visitor is that an app gets (docs/architecture.md, "Identity")."""

from collections import OrderedDict
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from appliance.auth.people.person import Person
from appliance.auth.secrets import Clock

ISSUER = "gradio-appliance"
HEADER = b"x-appliance-identity"
LIFE = 60
"""Seconds; no app accepts more."""
_REUSED = 20
"""Seconds. Signing takes longer than all the rest of a decision."""
_MOST = 20_000

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Made:
    person: Person
    at: float
    headers: Headers


class Identities:
    """The identity headers for a person and an app, made anew every few seconds."""

    def __init__(self, key: Ed25519PrivateKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock
        self._made: OrderedDict[tuple[int, str, str], _Made] = OrderedDict()

    def headers(self, person: Person, app: str, site: str = "") -> Headers:
        """`Remote-*` for scripts that read them, and the assertion that they follow from.

        `site`: the origin inside whose pages alone the app may be shown to this visitor.
        """
        now, key = self._clock(), (person.id, app, site)
        made = self._made.get(key)
        # A person who changed is another object.
        if made is not None and made.person is person and 0 <= now - made.at < _REUSED:
            return made.headers
        headers = (*_remote(person), (HEADER, self.assertion(person, app, site).encode()))
        self._made[key] = _Made(person, now, headers)
        self._made.move_to_end(key)
        if len(self._made) > _MOST:
            self._made.popitem(last=False)
        return headers

    def assertion(self, person: Person, app: str, site: str = "") -> str:
        now = int(self._clock())
        claims: dict[str, object] = {
            "iss": ISSUER,
            "aud": app,
            "sub": person.name,
            "iat": now,
            "exp": now + LIFE,
            "name": person.shown,
            "groups": sorted(person.groups),
        }
        if person.email:
            claims["email"] = person.email
        if site:
            claims["site"] = site
        return jwt.encode(claims, self._key, algorithm="EdDSA")


def _remote(person: Person) -> Headers:
    values = (
        (b"remote-user", person.name),
        (b"remote-name", person.shown),
        (b"remote-email", person.email or ""),
        (b"remote-groups", ",".join(sorted(person.groups))),
    )
    return tuple((name, value.encode()) for name, value in values if value)
