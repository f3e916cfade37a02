"""The note in an app's page while its link is about to end."""

import gzip
import time

import pytest

from appliance.relay.gateway.ending import note, noted
from appliance.relay.gateway.response import parse
from appliance.relay.share import Share
from tests.unit.relay.gateway.wired import HOST, Wired

PAGE = b"<!doctype html><html><body><p>App</p><script>'</BODY>'</script></body></html>"
NAVIGATION = (
    f"GET / HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html\r\nAccept-Encoding: gzip, br\r\n\r\n"
).encode()
END = 1_790_001_000.0
"""14:30 UTC on a day in September 2026."""


def answer(page: bytes = PAGE, fields: str = "") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{fields}"
    return f"{head}Content-Length: {len(page)}\r\n\r\n".encode() + page


def said(left: float, *, lifetime: float = 72 * 3600, fields: str = "") -> bytes:
    share = Share("a", ("a",), "", "", since=END - lifetime, expires=END)
    return note(share, parse(answer(b"", fields)), END - left)


def ending() -> Wired:
    """A share that ends in ten minutes."""
    wired = Wired()
    now = time.time()
    wired.share.since, wired.share.expires = now - 86_400, now + 600
    return wired


def test_it_says_when_and_only_in_the_last_hour() -> None:
    assert b"This link ends at 14:30 UTC." in said(3599)
    assert said(3601) == b""
    assert said(-5)
    assert said(601, lifetime=6000) == b""
    assert said(599, lifetime=6000)
    eternal = Share("a", ("a",), "", "", since=0.0)
    assert note(eternal, parse(answer()), END) == b""


@pytest.mark.parametrize(
    "fields",
    [
        "Content-Security-Policy: default-src 'self'\r\n",
        "content-security-policy: style-src 'none'\r\n",
        "Cache-Control: public, No-Transform\r\n",
    ],
)
def test_an_app_may_forbid_it(fields: str) -> None:
    assert said(60, fields=fields) == b""
    assert said(60, fields="Cache-Control: no-cache\r\nX-A: no-transform\r\n")


def test_it_is_the_last_thing_of_the_page_and_no_script() -> None:
    page = noted(PAGE, said(60))
    assert page is not None
    assert page.endswith(b"</div></body></html>")
    assert page.replace(said(60), b"") == PAGE
    for word in (b"<script", b"href", b"src="):
        assert word not in said(60)
    assert noted(b"<p>no end", said(60)) is None


async def test_visitors_get_it_with_the_page_and_no_browser_keeps_it() -> None:
    wired = ending()
    wired.says(NAVIGATION)
    wired.stream.says(answer(fields='ETag: "1"\r\nLast-Modified: x\r\nX-Own: 1\r\n'))
    head, _, page = wired.sent.partition(b"\r\n\r\n")
    assert b"This link ends at" in page
    assert f"Content-Length: {len(page)}".encode() in head
    assert b"X-Own" in head
    assert b"ETag" not in head
    assert b"Last-Modified" not in head
    assert wired.stats.warned == 1


async def test_a_page_in_gzip_gets_it_too() -> None:
    wired = ending()
    wired.says(NAVIGATION)
    wired.stream.says(answer(gzip.compress(PAGE), "Content-Encoding: gzip\r\n"))
    assert b"This link ends at" in gzip.decompress(wired.sent.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    "passed",
    [
        answer().replace(b"text/html", b"text/plain"),
        answer().replace(b"200 OK", b"206 Partial Content"),
        answer(b"<p>a piece of a page</p>", 'ETag: "1"\r\n'),
    ],
)
async def test_what_is_no_page_passes_unchanged(passed: bytes) -> None:
    wired = ending()
    wired.says(NAVIGATION)
    wired.stream.says(passed)
    assert wired.sent == passed


async def test_programs_get_what_the_app_sent() -> None:
    wired = ending()
    wired.says(NAVIGATION.replace(b"text/html", b"*/*"))
    wired.stream.says(answer())
    assert wired.sent == answer()
