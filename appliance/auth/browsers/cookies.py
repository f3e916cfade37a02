"""The appliance's own cookies: host-only, never readable by a script, never shown to an app.

Headers are searched by expressions that go through them once: every request asks here, and who
sends one of sixty thousand semicolons must not keep the others waiting.
"""

import re
from datetime import timedelta
from functools import cache

_PLAIN, _HOST = "appliance-", "__Host-appliance-"
_OURS = re.compile(rb"(?:^|[;,])\s*(?:__Host-)?appliance-[^;,]*", re.IGNORECASE)
"""With what parts it from the one before. Some proxies join several headers by commas, which are
also found in apps' own values."""

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
    found = _wanted(name(what, secure=secure)).findall(header) if header else ()
    if len(found) != 1:
        return None
    return found[0].rstrip().decode("ascii", "replace") or None


def without_ours(header: bytes) -> bytes:
    """A Cookie header as an app may see it; empty if nothing is left."""
    left, found = _OURS.subn(b"", header)
    return left.strip(b";, \t") if found else header


@cache
def _wanted(called: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?:^|;)\s*" + re.escape(called.encode()) + rb"=([^;]*)")
