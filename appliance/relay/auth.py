"""The proof of a token that a client sends with its login."""

import hashlib
import hmac


def privilege_key(token: str, timestamp: int) -> str:
    """What a client that knows `token` sends for a Unix time in seconds.

    MD5 is frp's choice. The value can be replayed and is no secrecy of its own: the connection is.
    """
    return hashlib.md5(f"{token}{timestamp}".encode(), usedforsecurity=False).hexdigest()


def matching_token(tokens: tuple[str, ...], given: str, timestamp: int) -> str | None:
    """The token a login proves to know, None if it is none of these."""
    matches = [
        token
        for token in tokens
        if hmac.compare_digest(privilege_key(token, timestamp).encode(), given.encode())
    ]
    return matches[0] if matches else None
