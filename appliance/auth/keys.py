"""The keys of one appliance: made at the first start, readable by their owner alone."""

import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

IDENTITY, SEAL = "identity.pem", "seal.key"


class UnusableKeyError(Exception):
    """A key's file cannot be read or does not hold such a key. Names the file."""


@dataclass(frozen=True)
class Keys:
    """Printed, they show nothing."""

    identity: Ed25519PrivateKey = field(repr=False)
    """Signs assertions; apps know its public half."""
    seal: Fernet = field(repr=False)
    """Encrypts what has to be read again: the secrets of authenticator apps."""
    forms: bytes = field(repr=False)
    """Makes the tokens in forms."""

    @property
    def public_pem(self) -> str:
        public = self.identity.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def unseal(self, sealed: bytes) -> bytes | None:
        """None if it was sealed with another key."""
        try:
            return self.seal.decrypt(sealed)
        except InvalidToken:
            return None


def keys(folder: Path) -> Keys:
    """Those in `folder`, made there if there are none. Raises `UnusableKeyError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    seal_text = _kept(folder / SEAL, Fernet.generate_key)
    try:
        identity = load_pem_private_key(_kept(folder / IDENTITY, _new_identity), password=None)
        seal = Fernet(seal_text)
    except ValueError as error:
        raise UnusableKeyError(f"A key in {folder} is damaged: {error}.") from None
    if not isinstance(identity, Ed25519PrivateKey):
        raise UnusableKeyError(f"{folder / IDENTITY} holds a key of another kind.")
    return Keys(identity, seal, hmac.digest(seal_text, b"forms", "sha256"))


def _new_identity() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Never half a key: it gets its name when it is whole."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UnusableKeyError(f"{path} cannot be read: {error.strerror}.") from None
    growing = path.with_name(f".{path.name}.tmp")
    growing.unlink(missing_ok=True)
    descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    growing.rename(path)
    return path.read_bytes()
