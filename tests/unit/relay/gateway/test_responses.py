"""What is taken for a response, and what is nonsense."""

import pytest

from appliance.relay.gateway.bodies import Chunked, Empty, Sized, UntilClose
from appliance.relay.gateway.response import Nonsense, parse


def head(*lines: bytes, line: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return line + b"\r\n" + b"".join(each + b"\r\n" for each in lines) + b"\r\n"


@pytest.mark.parametrize(
    "bad",
    [
        head(b"Content-Length: 3", b"Content-Length: 3"),
        head(b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        head(b"Transfer-Encoding: gzip"),
        head(b"Transfer-Encoding: gzip, chunked"),
        head(b"Content-Length: -1"),
        head(b"X: a", b" folded"),
        head(b"X: a\nY: b"),
        head(b"X: a\x00"),
        head(b"X Y: a"),
        head(*[b"X: y"] * 300),
        head(line=b"HTTP/1.1 099 No"),
        head(line=b"HTTP/1.1 999 No"),
        head(line=b"HTTP/2.0 200 OK"),
        head(line=b"HTTP/1.1 2xx OK"),
        head(line=b"ICY 200 OK"),
        head(line=b"HTTP/1.1 101 Switching Protocols"),
        head(b"Transfer-Encoding: chunked", line=b"HTTP/1.0 200 OK"),
        head(b"Transfer-Encoding: chunked", line=b"HTTP/1.1 204 No Content"),
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ],
)
def test_nonsense(bad: bytes) -> None:
    with pytest.raises(Nonsense):
        parse(bad)


@pytest.mark.parametrize(
    ("good", "head_only", "body"),
    [
        (head(b"Content-Length: 3"), False, Sized),
        (head(b"Content-Length: 3"), True, Empty),
        (head(b"Transfer-Encoding: chunked"), False, Chunked),
        (head(b"Transfer-Encoding: chunked"), True, Empty),
        (head(), False, UntilClose),
        (head(), True, Empty),
        (head(b"Content-Length: 3", line=b"HTTP/1.1 304 Not Modified"), False, Empty),
        (head(line=b"HTTP/1.1 204 No Content"), False, Empty),
        (head(b"Content-Length: 3", line=b"HTTP/1.0 200 OK"), False, Sized),
    ],
)
def test_where_a_body_ends(good: bytes, head_only: bool, body: type) -> None:  # noqa: FBT001
    assert isinstance(parse(good).body(head_only=head_only, framed=True), body)


def test_fields_of_one_hop_are_taken_out() -> None:
    response = parse(
        head(
            b"Set-Cookie: a=1",
            b"Connection: close, X-Hop",
            b"Keep-Alive: timeout=5",
            b"Proxy-Authenticate: Basic",
            b"X-Hop: 1",
            b"Set-Cookie: b=2",
            b"Content-Length: 0",
        )
    )
    assert response.fields == [b"Set-Cookie: a=1\r\n", b"Set-Cookie: b=2\r\n"]
    assert not response.keep_alive


def test_a_reason_with_control_characters_is_replaced() -> None:
    assert parse(head(line=b"HTTP/1.1 404 N\x00\x1b[2J")).reason == b"Not Found"
    assert parse(head(line=b"HTTP/1.1 404 Gone fishing")).reason == b"Gone fishing"
