"""A link's password: what of it is kept, and the pass that spares a visitor to type it again.

Nothing here can be turned back into the password, and without the relay's own secret (see
`locked`) nobody can try passwords out on it. So a check costs microseconds, and strangers who
guess cost no more than any other request.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

LIFE = 7 * 86_400
"""Seconds for which a pass is good; a share seldom lives longer."""
SHORTEST, LONGEST = 8, 200
"""Characters of a password."""
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Lock:
    """One share's."""

    key: bytes = field(repr=False)
    """This share's part of the relay's secret."""
    digest: bytes = field(repr=False)

    def opens(self, password: str) -> bool:
        return hmac.compare_digest(_mac(self.key, password.encode()), self.digest)

    def stamped(self, now: float) -> str:
        """A pass for a cookie. It ends with its time, or as soon as the password is another one."""
        until = int(now) + LIFE
        return f"{until}.{self._stamp(until).hex()}"

    def admits(self, given: str, now: float) -> bool:
        """Whether it is a pass of ours that is still good."""
        until, _, stamp = given.partition(".")
        if not (until.isascii() and until.isdecimal() and len(until) <= 12 and stamp.isascii()):
            return False
        good = hmac.compare_digest(stamp.encode(), self._stamp(int(until)).hex().encode())
        return good and now < int(until)

    def _stamp(self, until: int) -> bytes:
        # Not with the digest alone: that is on disk, the key is not.
        return _mac(self.key, b"pass %b %d" % (self.digest, until))


def locked(secret: bytes, share: str, password: str) -> Lock:
    """The lock of a share with this password; `secret` is the relay's."""
    key = key_of(secret, share)
    return Lock(key, _mac(key, password.encode()))


def key_of(secret: bytes, share: str) -> bytes:
    return _mac(secret, b"link " + share.encode())


def _mac(key: bytes, message: bytes) -> bytes:
    return hashlib.blake2b(message, key=key, digest_size=_BYTES).digest()
