"""What is taken for a request, and what is refused."""

import pytest

from appliance.relay.gateway.refusal import Refused
from appliance.relay.gateway.request import CHUNKED, parse

HOST = b"Host: a.example.org\r\n"


def head(*lines: bytes, line: bytes = b"POST /x HTTP/1.1", host: bytes = HOST) -> bytes:
    return line + b"\r\n" + host + b"".join(each + b"\r\n" for each in lines) + b"\r\n"


@pytest.mark.parametrize(
    "bad",
    [
        head(b"Content-Length: 3", b"Content-Length: 4"),
        head(b"Content-Length: 3", b"Content-Length: 3"),
        head(b"Content-Length: 3, 3"),
        head(b"Content-Length: +3"),
        head(b"Content-Length: -3"),
        head(b"Content-Length: 0x3"),
        head(b"Content-Length:"),
        head(b"Content-Length: 99999999999999999999"),
        head(b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        head(b"Transfer-Encoding: chunked", b"Content-Length: 3"),
        head(b"Transfer-Encoding: chunked, chunked"),
        head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
        head(b"Transfer-Encoding : chunked"),
        head(b"Transfer-Encoding: chunked, identity"),
        head(b"Transfer-Encoding: chunked", line=b"POST / HTTP/1.0"),
        head(b"X: a", b" Transfer-Encoding: chunked"),
        head(b"X: a", b"\tfolded"),
        head(b"X: a\nTransfer-Encoding: chunked"),
        head(b"X: a\rY: b"),
        head(b"X: a\x00b"),
        head(b"X: a\x01b"),
        head(b"X: a\x7fb"),
        head(b"X\x00Y: a"),
        head(b"X Y: a"),
        head(b"X : a"),
        head(b": a"),
        head(b"nothing"),
        head(b"X(Y): a"),
        head(b"Host: b.example.org"),
        head(b"Host: a.example.org"),
        head(host=b""),
        head(host=b"Host:\r\n"),
        head(host=b"Host: a b\r\n"),
        head(host=b"Host: a@b\r\n"),
        head(host=b"Host: a/b\r\n"),
        head(host=b"Host: a,b\r\n"),
        head(host=b"Host: a:80:80\r\n"),
        head(host=b"Host: [::1\r\n"),
        head(host=b"Host: " + b"a" * 300 + b"\r\n"),
        head(line=b"GET http://b.example.org/ HTTP/1.1"),
        head(line=b"GET http://a.example.org@b/ HTTP/1.1"),
        head(line=b"GET ftp://a.example.org/ HTTP/1.1"),
        head(line=b"GET x HTTP/1.1"),
        head(line=b"GET * HTTP/1.1"),
        head(line=b"GET /#x HTTP/1.1"),
        head(line=b"GET /\x00 HTTP/1.1"),
        head(line=b"GET /\xff HTTP/1.1"),
        head(line=b"GET /a b HTTP/1.1"),
        head(line=b"GET / HTTP/1.1 x"),
        head(line=b"CONNECT a.example.org:443 HTTP/1.1"),
        head(line=b"PRI * HTTP/2.0"),
        head(line=b"get / HTTP/1.1"),
        head(line=b"NONSENSE / HTTP/1.1"),
        head(line=b"GET / HTTP/1.1\n"),
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
    ],
)
def test_what_could_mean_two_things_is_refused(bad: bytes) -> None:
    with pytest.raises(Refused) as refused:
        parse(bad)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (head(b"Transfer-Encoding: gzip, chunked"), 501),
        (head(b"X: " + b"y" * (64 << 10)), 431),
        (head(*[b"X: y"] * 200), 431),
        (head(line=b"GET /" + b"y" * (33 << 10) + b" HTTP/1.1"), 414),
        (head(line=b"GET / HTTP/2.0"), 505),
        (head(line=b"GET / HTTP/0.9"), 505),
        (head(line=b"GET /"), 505),
    ],
)
def test_what_is_too_much_is_refused_with_its_own_status(bad: bytes, status: int) -> None:
    with pytest.raises(Refused) as refused:
        parse(bad)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("host", "name"),
    [
        (b"Demo.Share.Example.ORG", "demo.share.example.org"),
        (b"demo.share.example.org.:8443", "demo.share.example.org"),
        (b"demo.localhost:80", "demo.localhost"),
        (b"[::1]:8080", "[::1]"),
        (b"[::1]", "[::1]"),
        (b"a_b.localhost", "a_b.localhost"),
    ],
)
def test_a_host_is_found_without_its_port(host: bytes, name: str) -> None:
    request = parse(head(host=b"Host: " + host + b"\r\n"))
    assert (request.name, request.host) == (name, host)


def test_an_absolute_address_becomes_a_path() -> None:
    request = parse(head(line=b"GET http://A.example.org:80?x=1 HTTP/1.1"))
    assert (request.target, request.path) == (b"/?x=1", "/")


def test_a_path_is_kept_as_it_was_sent() -> None:
    request = parse(head(line=b"GET //a/../b%2f?c=/d HTTP/1.1"))
    assert (request.target, request.path) == (b"//a/../b%2f?c=/d", "//a/../b%2f")


def test_bodies() -> None:
    assert parse(head()).length == 0
    assert parse(head(b"Content-Length: 12")).length == 12
    assert parse(head(b"transfer-encoding: Chunked")).length == CHUNKED


@pytest.mark.parametrize(
    "spelling",
    [
        b"Forwarded",
        b"REMOTE-USER",
        b"Remote_User",
        b"remote.user",
        b"X-Appliance-Identity",
        b"x_appliance_identity",
        b"X_Forwarded_For",
        b"X-Forwarded-Prefix",
        b"X-Gradio-Server",
        b"X_Real_IP",
        b"Content_Length",
        b"Transfer_Encoding",
        b"Keep-Alive",
        b"TE",
        b"Trailer",
        b"Proxy-Connection",
        b"Proxy-Authorization",
        b"HTTP2-Settings",
    ],
)
def test_claims_of_strangers_and_hop_by_hop_fields_are_taken_out(spelling: bytes) -> None:
    request = parse(head(b"Before: 1", spelling + b": 7", b"After: 2"))
    assert request.fields == [b"Before: 1\r\n", b"After: 2\r\n"]
    assert request.forwarded is None
    assert request.length == 0


def test_fields_that_connection_lists_are_taken_out() -> None:
    request = parse(
        head(b"X-Private: 1", b"X-Public: 2", b"Connection: close, x-private, Authorization")
    )
    assert request.fields == [b"X-Public: 2\r\n"]
    assert not request.keep_alive


def test_connection_cannot_take_out_what_the_proxy_says() -> None:
    request = parse(head(b"Connection: X-Forwarded-For, Host", b"X-Forwarded-For: 192.0.2.1"))
    assert request.forwarded == {b"x-forwarded-for": b"192.0.2.1"}
    assert request.name == "a.example.org"


@pytest.mark.parametrize(
    ("lines", "upgrade"),
    [
        ((b"Connection: Upgrade", b"Upgrade: websocket"), b"websocket"),
        ((b"Connection: keep-alive, Upgrade", b"Upgrade: websocket"), b"websocket"),
        ((b"Upgrade: websocket",), b""),
        ((b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c"), b""),
        ((b"Connection: Upgrade", b"Upgrade: websocket", b"Content-Length: 1"), b""),
        ((b"Connection: Upgrade", b"Upgrade: websocket", b"Transfer-Encoding: chunked"), b""),
    ],
)
def test_only_a_real_upgrade_is_one(lines: tuple[bytes, ...], upgrade: bytes) -> None:
    assert parse(head(*lines, line=b"GET / HTTP/1.1")).upgrade == upgrade


def test_http_1_0_ends_with_its_answer() -> None:
    assert not parse(head(line=b"GET / HTTP/1.0")).keep_alive
    assert parse(head(b"Connection: keep-alive", line=b"GET / HTTP/1.0")).keep_alive
