"""The heads that apps and visitors get."""

import pytest

from appliance.proxy.headers import STRANGERS_CLAIMS
from appliance.relay.gateway import response as responses
from appliance.relay.gateway.forwarding import for_app, for_visitor
from appliance.relay.gateway.headers import Meaning, of_requests
from appliance.relay.gateway.request import parse
from appliance.relay.share import HttpOptions

BY_PROXY = (
    b"GET /x?y=1 HTTP/1.1\r\nHost: demo.example.org:8443\r\nX-Forwarded-For: 192.0.2.7\r\n"
    b"X-Forwarded-Host: demo.example.org:8443\r\nX-Forwarded-Port: 8443\r\n"
    b"X-Forwarded-Proto: https\r\nX-Forwarded-Server: traefik\r\nX-Real-Ip: 192.0.2.7\r\n"
    b"Authorization: Bearer t\r\nCookie: a=1\r\nX-Remote-User: root\r\n\r\n"
)


def sent(head: bytes, options: HttpOptions | None = None, *, trusted: bool = True) -> list[str]:
    request = parse(head)
    out = for_app(
        request,
        options or HttpOptions(),
        b"198.51.100.1",
        trusted=trusted,
        accept_encoding=request.accept_encoding,
    )
    assert out.endswith(b"\r\n\r\n")
    return out.decode().split("\r\n")[:-2]


def test_the_proxys_word_on_the_visitor_goes_on() -> None:
    assert sent(BY_PROXY) == [
        "GET /x?y=1 HTTP/1.1",
        "Host: demo.example.org:8443",
        "Cookie: a=1",
        "Authorization: Bearer t",
        "X-Forwarded-For: 192.0.2.7",
        "X-Forwarded-Host: demo.example.org:8443",
        "X-Forwarded-Proto: https",
        "X-Real-Ip: 192.0.2.7",
        "X-Forwarded-Port: 8443",
    ]


def test_what_a_visitor_claims_to_a_proxy_in_front_does_not() -> None:
    chain = b"6.6.6.6, 192.0.2.7, 10.0.0.5"
    head = BY_PROXY.replace(b"-For: 192.0.2.7", b"-For: " + chain)
    assert chain in head
    assert sent(head) == sent(BY_PROXY)


def test_a_strangers_word_does_not() -> None:
    assert sent(BY_PROXY, trusted=False)[4:] == [
        "X-Forwarded-For: 198.51.100.1",
        "X-Forwarded-Host: demo.example.org:8443",
        "X-Forwarded-Proto: http",
        "X-Real-Ip: 198.51.100.1",
    ]


def test_no_claim_that_the_proxy_takes_out_passes_here() -> None:
    for name in STRANGERS_CLAIMS:
        for spelling in (name, name.upper(), name.replace("-", "_")):
            assert of_requests.of(spelling.encode()) is Meaning.DROPPED


def test_a_share_may_choose_its_host_and_fields() -> None:
    options = HttpOptions(host="localhost:7860", request_headers={"cookie": "b=2", "X-From": "us"})
    lines = sent(BY_PROXY, options)
    assert "Host: localhost:7860" in lines
    assert "cookie: b=2" in lines
    assert "X-From: us" in lines
    assert "Cookie: a=1" not in lines
    assert "X-Forwarded-Host: demo.example.org:8443" in lines


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "1\r\nX-B: 2"},
        {"X-A\r\nX-B": "1"},
        {"X-A": "\x00"},
        {"X-A": "\u20ac"},
        {"Content-Length": "0"},
        {"transfer-encoding": "chunked"},
        {"Connection": "close"},
        {"": "x"},
    ],
)
def test_fields_that_would_break_a_head_are_left_out(headers: dict[str, str]) -> None:
    options = HttpOptions(host="a\r\nb", request_headers=headers, response_headers=headers)
    assert sent(BY_PROXY, options) == sent(BY_PROXY)
    response = responses.parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 0\r\n\r\n")
    out = for_visitor(parse(BY_PROXY), response, options, close=False)
    assert out == b"HTTP/1.1 200 OK\r\nX-A: 0\r\nContent-Length: 2\r\n\r\n"


def test_the_password_of_a_share_is_not_the_apps() -> None:
    lines = sent(BY_PROXY, HttpOptions(user="ada", password="secret"))
    assert not any(line.startswith("Authorization") for line in lines)


def test_an_empty_post_says_so() -> None:
    assert "Content-Length: 0" in sent(b"POST / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert "Content-Length: 0" not in sent(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")


@pytest.mark.parametrize(
    ("head", "out"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 5\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (b"HTTP/1.0 200 Fine\r\n\r\n", b"HTTP/1.1 200 Fine\r\n\r\n"),
        (
            b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\n\r\n",
        ),
        (
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
        ),
        (
            b"HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        ),
    ],
)
def test_answers_are_framed_anew(head: bytes, out: bytes) -> None:
    response = responses.parse(head)
    options = HttpOptions()
    assert for_visitor(parse(BY_PROXY), response, options, close=False) == out
