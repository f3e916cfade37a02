"""Share keys: random secrets that let their holders share. Only keyed hashes of them are kept."""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from appliance.relay.lock import Lock, key_of, locked

KEY = re.compile(r"key-[a-z2-7]{32}")
"""160 random bits that can also stand in a host name or a command line without quotes."""
LABEL = re.compile(r"door-[a-z2-7]{26}")
"""130 random bits. Apart from the key because a host name crosses the network in clear."""
_PEPPER_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """What one key's holder may; None: as the YAML says for all."""

    shares: int | None = None
    """Connected at the same time."""
    lifetime: float | None = None
    """Seconds; `math.inf`: its shares never expire."""
    requests: float | None = None
    """Requests per second to each of its shares."""
    traffic: int | None = None
    """Bytes a day through each of them."""
    total_requests: float | None = None
    """Requests per second to all of them together."""
    total_traffic: int | None = None
    connections: int | None = None
    """Requests that are under way to all of them together."""


@dataclass(frozen=True, slots=True)
class Key:
    """One holder's key, without the secret."""

    name: str
    digest: bytes = field(repr=False)
    label_digest: bytes = field(repr=False)
    made: float
    """Unix time."""
    limits: KeyLimits = KeyLimits()
    revoked: float | None = None
    used: float | None = None
    """Unix time of the last registration with it."""
    password: bytes | None = field(default=None, repr=False)
    """Digest of what visitors of all its shares are asked for."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment when its secrets are known."""

    key: Key
    secret: str = field(repr=False)
    label: str = field(repr=False)


class KeyRing:
    """All keys by what proves them."""

    def __init__(self, pepper: bytes, keys: Iterable[Key] = ()) -> None:
        self._pepper = pepper
        self._keys: dict[str, Key] = {}
        self._proofs: dict[bytes, str] = {}
        for key in keys:
            self.put(key)

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def named(self, name: str) -> Key | None:
        return self._keys.get(name)

    def make(self, name: str, limits: KeyLimits, now: float) -> NewKey:
        """A new key, not yet on the ring."""
        secret, label = f"key-{_random(20)}", f"door-{_random(20)[:26]}"
        key = Key(name, self._hash(secret), self._hash(label), now, limits)
        return NewKey(key, secret, label)

    def put(self, key: Key) -> None:
        """Add a key, or replace the one of that name."""
        self.remove(key.name)
        self._keys[key.name] = key
        if key.revoked is None:
            self._proofs[key.digest] = self._proofs[key.label_digest] = key.name

    def remove(self, name: str) -> None:
        if former := self._keys.pop(name, None):
            self._proofs.pop(former.digest, None)
            self._proofs.pop(former.label_digest, None)

    def used(self, key: Key, now: float) -> None:
        self._keys[key.name] = replace(self._keys[key.name], used=now)

    def proven(self, secret: str) -> Key | None:
        """The valid key whose secret or label this is."""
        if not KEY.fullmatch(secret) and not LABEL.fullmatch(secret):
            return None
        given = self._hash(secret)
        # Time tells nothing: who does not know the pepper cannot steer where a digest falls.
        name = self._proofs.get(given)
        if name is None:
            return None
        key = self._keys[name]
        known = key.digest if KEY.fullmatch(secret) else key.label_digest
        return key if hmac.compare_digest(known, given) else None

    def lock(self, share: str, password: str) -> Lock:
        """What asks visitors of a share for its password."""
        return locked(self._pepper, share, password)

    def sealed(self, share: str, digest: bytes) -> Lock:
        """The same for a password of which the digest was kept."""
        return Lock(key_of(self._pepper, share), digest)

    def protected(self, key: Key, password: str) -> Key:
        """A key whose shares ask for this password, not yet on the ring."""
        return replace(key, password=self.lock(_lock_name(key), password).digest)

    def lock_of(self, key: Key) -> Lock | None:
        """What asks visitors of all shares of a key, if anything does."""
        return self.sealed(_lock_name(key), key.password) if key.password else None

    def _hash(self, secret: str) -> bytes:
        # The secrets are random and long: what slows down guessing of passwords is of no use here.
        return hashlib.blake2b(secret.encode(), key=self._pepper, digest_size=32).digest()


def _lock_name(key: Key) -> str:
    # No share can be called so.
    return f"key:{key.name}"


def new_pepper() -> bytes:
    return secrets.token_bytes(_PEPPER_BYTES)


def new_password() -> str:
    """80 random bits for people to type: four groups of four."""
    letters = _random(10)
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _random(count: int) -> str:
    return base64.b32encode(secrets.token_bytes(count)).decode().lower()
