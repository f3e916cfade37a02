"""Passwords: argon2id, a few at a time, in the same time whether or not somebody exists."""

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from appliance.auth.failures import BusyError, WeakPasswordError
from appliance.auth.secrets import new_secret

SHORTEST, LONGEST = 10, 256
"""Characters. Each byte costs time to hash, and strangers choose how many they send."""
_AT_ONCE = 2
"""Each takes 64 MiB and a core for a moment."""
_NICE = 5
"""Whoever signs in may wait; whoever is signed in and asks for an app does not wait for him."""
_WAITING = 8
"""So many may wait for their turn; each blocks a thread that others need too."""
_PATIENCE = 5.0
"""Seconds to wait."""
_COMMON = frozenset(
    (
        "1234567890",
        "0123456789",
        "qwertyuiop",
        "1q2w3e4r5t",
        "qwerty12345",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "administrator",
        "iloveyou123",
        "letmein1234",
        "welcome123",
        "changeme123",
    )
)


class Passwords:
    """Hashes and verifies. Every method takes a tenth of a second: call it from a thread."""

    def __init__(self, hasher: PasswordHasher | None = None, patience: float = _PATIENCE) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._patience = patience
        self._places = threading.BoundedSemaphore(_AT_ONCE + _WAITING)
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._hands = ThreadPoolExecutor(_AT_ONCE, "hashing", initializer=_step_back)
        # Verified in place of the hash of somebody who does not exist.
        self._nobody = self._hasher.hash(new_secret())

    def hash(self, password: str) -> str:
        """Raises `BusyError`."""
        with self._turn():
            return self._hands.submit(self._hasher.hash, password).result()

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` made `stored`; None takes as long and is never right.

        Raises `BusyError`.
        """
        if len(password) > LONGEST:
            stored, password = None, ""
        with self._turn():
            try:
                self._hands.submit(self._hasher.verify, stored or self._nobody, password).result()
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            if not self._turns.acquire(timeout=self._patience):
                raise BusyError
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()


def _step_back() -> None:
    """Linux has a priority for each thread, which those that argon2 starts inherit."""
    if sys.platform == "linux":
        os.nice(_NICE)


def demand_strong(password: str, *personal: str) -> None:
    """Raises `WeakPasswordError` in words for the person; `personal`: name, e-mail address."""
    if len(password) < SHORTEST:
        raise WeakPasswordError(f"A password needs at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise WeakPasswordError(f"A password has at most {LONGEST} characters.")
    small = password.lower()
    if small in _COMMON or len(set(small)) < 4:
        raise WeakPasswordError("This password is one of the first that others would try.")
    if any(small in (word.lower(), word.lower() * 2) for word in personal if word):
        raise WeakPasswordError("A password must not be one's own name or address.")
