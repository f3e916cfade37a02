"""The head of a visitor's request: bytes in, what it says out, or a refusal."""

import re
from typing import Final

import httptools

from appliance.relay.gateway.bodies import Body, Chunked, Empty, Sized
from appliance.relay.gateway.headers import Meaning, of_requests
from appliance.relay.gateway.refusal import Refused

HEAD: Final = 64 << 10
"""Bytes of a head."""
TARGET: Final = 32 << 10
FIELDS: Final = 128
CHUNKED: Final = -1
"""In place of a length."""

_HOST = re.compile(rb"(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HEARTBEAT = "/heartbeat/"
_HOSTS_KEPT = 4096
_hosts: dict[bytes, str] = {}


class Request:
    """One head; its fields are lines ready to be sent, without those the gateway handles."""

    __slots__ = (
        "accept_encoding",
        "agent",
        "authorization",
        "connection",
        "fields",
        "forwarded",
        "head_only",
        "host",
        "html",
        "keep_alive",
        "length",
        "method",
        "modern",
        "name",
        "path",
        "referer",
        "target",
        "upgrade",
    )

    def __init__(self) -> None:
        self.method = b""
        self.target = b""
        self.path = ""
        """Of the target, as it was sent, without the query."""
        self.host = b""
        """The Host field."""
        self.name = ""
        """The host in small letters, without port and final dot."""
        self.fields: list[bytes] = []
        self.length = 0
        """Bytes of the body, or `CHUNKED`."""
        self.upgrade = b""
        """The protocol to change to."""
        self.connection = b""
        self.forwarded: dict[bytes, bytes] | None = None
        """The proxy's headers about the visitor, by their names in small letters."""
        self.authorization = b""
        self.agent = b""
        self.referer = b""
        self.accept_encoding = b""
        self.html = False
        """Whether a page is wanted."""
        self.head_only = False
        self.modern = True
        """HTTP/1.1."""
        self.keep_alive = True

    @property
    def idempotent(self) -> bool:
        """Whether a second time does no more than the first (RFC 9110, section 9.2.2)."""
        return self.method in _IDEMPOTENT

    @property
    def heartbeat(self) -> bool:
        """Whether it is the one by which a page of Gradio's tells that it is open."""
        return _HEARTBEAT in self.path

    def body(self) -> Body:
        if self.length == 0:
            return Empty()
        return Chunked() if self.length == CHUNKED else Sized(self.length)

    def on_url(self, url: bytes) -> None:
        self.target = url

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: C901, PLR0912 - a table
        meaning = of_requests.of(name)
        if meaning is Meaning.PLAIN:
            self.fields.append(b"%b: %b\r\n" % (name, value))
        elif meaning is Meaning.ACCEPT:
            self.html = b"text/html" in value
            self.fields.append(b"Accept: %b\r\n" % value)
        elif meaning is Meaning.AGENT:
            self.agent = value
            self.fields.append(b"%b: %b\r\n" % (name, value))
        elif meaning is Meaning.REFERER:
            self.referer = value
            self.fields.append(b"%b: %b\r\n" % (name, value))
        elif meaning is Meaning.ENCODING:
            self.accept_encoding += b", " + value if self.accept_encoding else value
        elif meaning is Meaning.FORWARDED:
            if self.forwarded is None:
                self.forwarded = {}
            self.forwarded[name.lower()] = value.strip()
        elif meaning is Meaning.HOST:
            if self.host:
                raise Refused(400, "more than one Host")
            self.host = value.strip()
        elif meaning is Meaning.LENGTH:
            self.length = int(value)
        elif meaning is Meaning.TRANSFER:
            if value.strip().lower() != b"chunked":
                raise Refused(501, "a Transfer-Encoding other than chunked")
            self.length = CHUNKED
        elif meaning is Meaning.CONNECTION:
            self.connection += b"," + value.lower()
        elif meaning is Meaning.UPGRADE:
            self.upgrade = value.strip()
        elif meaning is Meaning.AUTHORIZATION:
            self.authorization = value.strip()
        if len(self.fields) > FIELDS:
            raise Refused(431, "too many header fields")


_IDEMPOTENT = frozenset((b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"TRACE"))


def parse(head: bytes) -> Request:
    """`head` ends with the empty line. Raises `Refused` for what no client sends by accident."""
    if len(head) > HEAD:
        raise Refused(431, "the head is too large")
    request = Request()
    parser = httptools.HttpRequestParser(request)
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        if isinstance(error.__context__, Refused):
            raise error.__context__ from None
        raise Refused(400, str(error)) from None
    if not request.target:
        raise Refused(400, "no request line")
    request.method = parser.get_method()
    _check_version(request, parser.get_http_version())
    _read_target(request)
    if request.connection:
        _obey_connection(request)
    # A second protocol inside a body's connection, or HTTP/2 past all checks: a server may ignore
    # the wish.
    if request.upgrade and (
        b"upgrade" not in request.connection
        or request.length != 0
        or not request.modern
        or request.upgrade.lower().startswith(b"h2c")
    ):
        request.upgrade = b""
    request.head_only = request.method == b"HEAD"
    return request


def _check_version(request: Request, version: str) -> None:
    if version == "1.1":
        return
    if version != "1.0":
        raise Refused(505, "only HTTP/1.1 and HTTP/1.0 are spoken here")
    # Who wrote a chunked body for HTTP/1.0 is not who framed it (RFC 9112, section 6.1).
    if request.length == CHUNKED:
        raise Refused(400, "Transfer-Encoding in HTTP/1.0")
    request.modern = request.keep_alive = False


def _read_target(request: Request) -> None:
    target = request.target
    if len(target) > TARGET:
        raise Refused(414, "the address is too long")
    request.name = name_of(request.host)
    if target[0] != 0x2F:  # "/"
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is not None:
            if name_of(absolute[1]) != request.name:
                raise Refused(400, "Host and address disagree")
            target = absolute[2] if absolute[2].startswith(b"/") else b"/" + absolute[2]
        elif target != b"*" or request.method != b"OPTIONS":
            raise Refused(400, "the address is no path")
        request.target = target
    if b"#" in target:
        raise Refused(400, "a fragment in the address")
    request.path = target.partition(b"?")[0].decode("ascii")


def name_of(host: bytes) -> str:
    """A Host's name: small letters, no port, no final dot. Raises `Refused`."""
    name = _hosts.get(host)
    if name is None:
        if len(host) > 255 or _HOST.fullmatch(host) is None:
            raise Refused(400, "no Host, or none that can be")
        if len(_hosts) >= _HOSTS_KEPT:
            _hosts.clear()
        bare = host if host.endswith(b"]") else re.sub(rb":[0-9]+\Z", b"", host)
        name = _hosts[host] = bare.decode("ascii").lower().rstrip(".")
    return name


def _obey_connection(request: Request) -> None:
    """Honour `close` and remove the fields it lists."""
    tokens = {token.strip() for token in request.connection.split(b",")} - {b""}
    request.connection = b"upgrade" if b"upgrade" in tokens else b""
    if b"close" in tokens:
        request.keep_alive = False
    elif b"keep-alive" in tokens:
        request.keep_alive = True
    listed = tokens - {b"close", b"keep-alive", b"upgrade"}
    if listed:
        request.fields = without(request.fields, listed)
        if b"authorization" in listed:
            request.authorization = b""


def without(fields: list[bytes], names: set[bytes]) -> list[bytes]:
    """The fields that are not called so; names in small letters."""
    return [field for field in fields if field.partition(b":")[0].lower() not in names]
