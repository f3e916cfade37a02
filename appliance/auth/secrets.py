"""Random secrets of which only a digest is kept, and the clock everything here goes by."""

import hashlib
import secrets
from collections.abc import Callable

Clock = Callable[[], float]
"""Unix time in seconds."""

BYTES = 32


def new_secret() -> str:
    """256 random bits, for cookies, links and URLs."""
    return secrets.token_urlsafe(BYTES)


def digest(secret: str) -> bytes:
    """What is kept of a random secret, and how it is found again.

    A plain SHA-256: nobody can try out 256 random bits, and a look-up by it takes the same time
    however much of the secret somebody has guessed.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def new_id() -> str:
    """Short, unique, no secret."""
    return secrets.token_hex(8)
