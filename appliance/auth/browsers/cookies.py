"""The appliance's own cookies: host-only, never readable by a script, never shown to an app."""

from datetime import timedelta

_PLAIN, _HOST = "appliance-", "__Host-appliance-"
_OURS = (_PLAIN.encode().lower(), _HOST.encode().lower())

SESSION = "session"
BROWSER = "browser"
"""Ties what a browser began (a hand-over, a form before signing in) to that browser."""
EMBEDDED = "embedded"
"""Who somebody is to one app inside another site's pages: a session of its own, or a token."""


def name(what: str, *, secure: bool) -> str:
    """`__Host-` makes browsers refuse it from other hosts of the domain; it needs HTTPS."""
    return (_HOST if secure else _PLAIN) + what


def put(
    what: str,
    value: str,
    *,
    secure: bool,
    life: timedelta | None = None,
    embedded: bool = False,
) -> str:
    """A Set-Cookie header. Without `life` it ends with the browser.

    `embedded`: for a frame in somebody else's page, a jar of its own per site it is embedded in;
    browsers take it over HTTPS only.
    """
    parts = [f"{name(what, secure=secure)}={value}", "Path=/", "HttpOnly"]
    if life is not None:
        parts.append(f"Max-Age={int(life.total_seconds())}")
    if secure:
        parts.append("Secure")
    parts += ["SameSite=None", "Partitioned"] if embedded and secure else ["SameSite=Lax"]
    return "; ".join(parts)


def remove(what: str, *, secure: bool) -> str:
    """A Set-Cookie header that makes the browser forget it."""
    return put(what, "", secure=secure, life=timedelta(0))


def value(header: bytes, what: str, *, secure: bool) -> str | None:
    """From a Cookie header; None if it is missing or there are two, of which one is planted."""
    if not header:
        return None
    wanted = f"{name(what, secure=secure)}=".encode()
    found = None
    for part in header.split(b";"):
        cookie = part.strip()
        if cookie.startswith(wanted):
            if found is not None:
                return None
            found = cookie[len(wanted) :]
    return found.decode("ascii", "replace") if found else None


def without_ours(header: bytes) -> bytes:
    """A Cookie header as an app may see it; empty if nothing is left."""
    if b"appliance-" not in header.lower():
        return header
    kept = (_without_ours(part.strip()) for part in header.split(b";"))
    return b"; ".join(part for part in kept if part)


def _without_ours(part: bytes) -> bytes:
    # Some proxies join several headers by commas, which are also found in apps' own values.
    pieces = part.split(b",")
    kept = [piece for piece in pieces if not piece.strip().lower().startswith(_OURS)]
    return part if len(kept) == len(pieces) else b",".join(kept).strip()
