"""What each header field means to the gateway; the rest passes through untouched."""

from enum import IntEnum

_MEANINGS_KEPT = 4096
_LONGEST_KEPT = 64
"""Bytes of a name; strangers make up longer ones, up to the size of a head, and none is special."""


class Meaning(IntEnum):
    """What is to be done with a field."""

    PLAIN = 0
    DROPPED = 1
    """Hop by hop, or a stranger's claim."""
    HOST = 2
    CONNECTION = 3
    LENGTH = 4
    TRANSFER = 5
    UPGRADE = 6
    FORWARDED = 7
    """The proxy's word on the visitor, believed from the proxy alone."""
    ACCEPT = 8
    AUTHORIZATION = 9
    CONTENT_TYPE = 10
    ENCODING = 11
    """Accept-Encoding of a request, Content-Encoding of a response."""
    AGENT = 12
    REFERER = 13


FORWARDED = {
    b"x-forwarded-for": b"X-Forwarded-For",
    b"x-forwarded-host": b"X-Forwarded-Host",
    b"x-forwarded-port": b"X-Forwarded-Port",
    b"x-forwarded-proto": b"X-Forwarded-Proto",
    b"x-real-ip": b"X-Real-Ip",
}

_HOP_BY_HOP = frozenset(
    (
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        # Trailers may be dropped by RFC 9110, section 6.5, and must not be taken for headers:
        # servers exist that merge them, and would believe a forged X-Forwarded-For.
        b"trailer",
        # Of the upgrade to HTTP/2, which no one here speaks.
        b"http2-settings",
    )
)
_CLAIMS = frozenset(
    (
        b"forwarded",
        b"remote-email",
        b"remote-groups",
        b"remote-name",
        b"remote-user",
        b"x-appliance-identity",
        b"x-auth-request-email",
        b"x-auth-request-groups",
        b"x-auth-request-user",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-forwarded",
        b"x-forwarded-email",
        b"x-forwarded-groups",
        b"x-forwarded-prefix",
        b"x-forwarded-scheme",
        b"x-forwarded-server",
        b"x-forwarded-ssl",
        b"x-forwarded-user",
        b"x-gradio-server",
        b"x-original-forwarded-for",
        b"x-original-url",
        b"x-remote-user",
        b"x-rewrite-url",
        b"x-scheme",
    )
)
_COMMON = {
    b"connection": Meaning.CONNECTION,
    b"content-length": Meaning.LENGTH,
    b"transfer-encoding": Meaning.TRANSFER,
    b"upgrade": Meaning.UPGRADE,
    **dict.fromkeys(_HOP_BY_HOP, Meaning.DROPPED),
}
_REQUEST = {
    **_COMMON,
    b"host": Meaning.HOST,
    b"accept": Meaning.ACCEPT,
    b"accept-encoding": Meaning.ENCODING,
    b"authorization": Meaning.AUTHORIZATION,
    b"user-agent": Meaning.AGENT,
    b"referer": Meaning.REFERER,
    **dict.fromkeys(_CLAIMS, Meaning.DROPPED),
    **dict.fromkeys(FORWARDED, Meaning.FORWARDED),
}
_RESPONSE = {
    **_COMMON,
    b"content-type": Meaning.CONTENT_TYPE,
    b"content-encoding": Meaning.ENCODING,
}
_ALIASES = bytes.maketrans(b"_.", b"--")


class Meanings:
    """The meaning of a name as it was spelled; each spelling is worked out once."""

    __slots__ = ("_known", "_special")

    def __init__(self, special: dict[bytes, Meaning]) -> None:
        self._special = special
        self._known: dict[bytes, Meaning] = {}

    def of(self, name: bytes) -> Meaning:
        known = self._known.get(name)
        if known is not None:
            return known
        if len(name) > _LONGEST_KEPT:
            return self._work_out(name.lower())
        if len(self._known) >= _MEANINGS_KEPT:
            self._known.clear()
        meaning = self._known[name] = self._work_out(name.lower())
        return meaning

    def _work_out(self, name: bytes) -> Meaning:
        meaning = self._special.get(name)
        if meaning is not None:
            return meaning
        # `X_Forwarded_For` is `X-Forwarded-For` to servers that make variables of headers.
        alias = self._special.get(name.translate(_ALIASES))
        passed = alias in (None, Meaning.AGENT, Meaning.REFERER)
        return Meaning.PLAIN if passed else Meaning.DROPPED


of_requests = Meanings(_REQUEST)
of_responses = Meanings(_RESPONSE)
