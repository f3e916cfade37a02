"""Which headers of a request reach the app. Pure functions over raw ASGI headers.

Whatever claims to come from a proxy or names a user is dropped in all its spellings: servers and
frameworks differ in whether `_`, `.` and `-` are the same. What a trusted proxy said has been
taken out before (`forwarded`) and shows up as the request's client, scheme and host instead.
"""

from functools import lru_cache

RawHeaders = list[tuple[bytes, bytes]]

REMOVED_PREFIXES = (
    "forwarded-",
    "remote-",
    "x-appliance-",
    "x-auth-request-",
    "x-authenticated-",
    "x-envoy-",
    "x-forward-",
    "x-forwarded-",
    "x-original-",
    "x-remote-",
    "x-webauth-",
)
REMOVED = frozenset(
    {
        "cf-connecting-ip",
        "client-ip",
        "fastly-client-ip",
        "forwarded",
        "forwarded-for",
        "front-end-https",
        "proxy",
        "true-client-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-forwarded",
        "x-gradio-server",
        # The stock clients send the token saved on the visitor's machine to any app.
        "x-hf-authorization",
        "x-host",
        "x-http-host-override",
        "x-real-ip",
        "x-rewrite-url",
        "x-scheme",
        "x-url-scheme",
        "x-user",
    }
)


_LONGEST = 64
"""Bytes of a name that are looked at: strangers make up names as long as a head may be."""


def is_removed(name: bytes) -> bool:
    """Whether a header of this name, in any spelling, is kept from the app."""
    return _is_removed(name[:_LONGEST])


@lru_cache(maxsize=1024)
def _is_removed(name: bytes) -> bool:
    plain = name.decode("latin-1").strip().lower().replace("_", "-").replace(".", "-")
    return plain in REMOVED or plain.startswith(REMOVED_PREFIXES)


def cleaned(headers: RawHeaders, host: bytes, kept: frozenset[bytes] = frozenset()) -> RawHeaders:
    """The headers the app may see: `host` as their only Host, those in `kept` in any case."""
    passed = [
        header
        for header in headers
        if header[0] in kept or (header[0] != b"host" and not is_removed(header[0]))
    ]
    passed.insert(0, (b"host", host))
    return passed


def first(headers: RawHeaders, name: bytes) -> bytes | None:
    """Value of the first header called `name` (lower case), None if there is none."""
    for key, value in headers:
        if key == name:
            return value
    return None


def only(headers: RawHeaders, name: bytes) -> bytes | None:
    """Value of the header called `name`, None unless there is exactly one."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else None


def listed(headers: RawHeaders, name: bytes) -> list[str]:
    """Members of a comma-separated header that may come in several lines."""
    joined = b",".join(value for key, value in headers if key == name)
    return [part for raw in joined.split(b",") if (part := raw.strip().decode("latin-1"))]


def was_forwarded(headers: RawHeaders) -> bool:
    """Whether the request came through a proxy, believed or not."""
    return any(name.startswith((b"x-forwarded", b"forwarded")) for name, _ in headers)
