"""The head of an app's response: bytes in, what it says out."""

import re
from http import HTTPStatus
from typing import Final

import httptools

from appliance.relay.gateway.bodies import Body, Chunked, Empty, Sized, UntilClose
from appliance.relay.gateway.headers import Meaning, of_responses
from appliance.relay.gateway.request import without

HEAD: Final = 64 << 10
FIELDS: Final = 256
CHUNKED: Final = -1
UNKNOWN: Final = -2
"""Until the app closes."""

_REASON = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_PHRASES = {status.value: status.phrase.encode() for status in HTTPStatus}


class Nonsense(Exception):  # noqa: N818 - the app's fault, not ours
    """The app does not speak HTTP as it must."""


class Response:
    """One head. The fields are lines ready to be sent, without those that concern one hop."""

    __slots__ = (
        "connection",
        "encoding",
        "fields",
        "html",
        "keep_alive",
        "length",
        "reason",
        "status",
        "upgrade",
    )

    def __init__(self) -> None:
        self.status = 0
        self.reason = b""
        self.fields: list[bytes] = []
        self.length = UNKNOWN
        self.connection = b""
        self.upgrade = b""
        self.encoding = b""
        self.html = False
        self.keep_alive = True

    @property
    def interim(self) -> bool:
        """Whether another head follows."""
        return self.status < 200 and self.status != 101

    def body(self, *, head_only: bool, framed: bool) -> Body:
        """`framed`: whether chunks stay chunks."""
        if head_only or self.status < 200 or self.status in (204, 304):
            return Empty()
        if self.length == CHUNKED:
            return Chunked(framed=framed)
        return UntilClose() if self.length == UNKNOWN else Sized(self.length)

    def on_status(self, reason: bytes) -> None:
        self.reason = reason

    def on_header(self, name: bytes, value: bytes) -> None:
        meaning = of_responses.of(name)
        if meaning is Meaning.PLAIN:
            self.fields.append(b"%b: %b\r\n" % (name, value))
        elif meaning is Meaning.LENGTH:
            self.length = int(value)
        elif meaning is Meaning.CONTENT_TYPE:
            self.html = value[:9].lower() == b"text/html"
            self.fields.append(b"%b: %b\r\n" % (name, value))
        elif meaning is Meaning.TRANSFER:
            if value.strip().lower() != b"chunked":
                raise Nonsense("a Transfer-Encoding other than chunked")
            self.length = CHUNKED
        elif meaning is Meaning.ENCODING:
            self.encoding = value.strip()
            self.fields.append(b"%b: %b\r\n" % (name, value))
        elif meaning is Meaning.CONNECTION:
            self.connection += b"," + value.lower()
        elif meaning is Meaning.UPGRADE:
            self.upgrade = value.strip()
        if len(self.fields) > FIELDS:
            raise Nonsense("too many header fields")


def parse(head: bytes) -> Response:
    """`head` ends with the empty line. Raises `Nonsense`."""
    response = Response()
    parser = httptools.HttpResponseParser(response)
    try:
        parser.feed_data(head)
    except httptools.HttpParserUpgrade:
        pass
    except httptools.HttpParserError as error:
        if isinstance(error.__context__, Nonsense):
            raise error.__context__ from None
        raise Nonsense(str(error)) from None
    response.status = status = parser.get_status_code()
    _check(response, parser.get_http_version())
    if _REASON.fullmatch(response.reason) is None:
        response.reason = _PHRASES.get(status, b"")
    if response.connection:
        _obey_connection(response)
    return response


def _check(response: Response, version: str) -> None:
    status, chunked = response.status, response.length == CHUNKED
    if not 100 <= status <= 599:
        raise Nonsense("a status that does not exist")
    if version != "1.1":
        if version != "1.0" or chunked:
            raise Nonsense("not HTTP/1.1")
        response.keep_alive = False
    if chunked and (status < 200 or status == 204):
        raise Nonsense("chunks of nothing")
    if status == 101 and not response.upgrade:
        raise Nonsense("a change to no protocol")


class Heads:
    """Finds heads in what a stream brings."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = b""

    @property
    def begun(self) -> bool:
        """Whether a part of one has come."""
        return bool(self._begun)

    def feed(self, data: bytes) -> tuple[Response, bytes] | None:
        """The next head and what came after it, None as long as it is not whole.

        Raises `Nonsense`.
        """
        if self._begun:
            data = self._begun + data
        end = data.find(b"\r\n\r\n") + 4
        if (end if end >= 4 else len(data)) > HEAD:
            raise Nonsense("a head without end")
        if end < 4:
            self._begun = data
            return None
        self._begun = b""
        return parse(data[:end]), data[end:]


def _obey_connection(response: Response) -> None:
    tokens = {token.strip() for token in response.connection.split(b",")} - {b""}
    if b"close" in tokens:
        response.keep_alive = False
    listed = tokens - {b"close", b"keep-alive", b"upgrade"}
    if listed:
        response.fields = without(response.fields, listed)
