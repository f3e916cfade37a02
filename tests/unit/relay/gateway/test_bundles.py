"""Share pages that load nothing from elsewhere."""

import gzip
import re
from pathlib import Path

import gradio
import pytest

from appliance.relay.gateway.bundles import explained, rewritten
from appliance.relay.gateway.holding import LARGEST
from tests.unit.relay.gateway.wired import HOST, Streams, Wired

FRONTEND = Path(gradio.__file__).parent / "templates" / "frontend"
SHARE = (FRONTEND / "share.html").read_bytes()
INDEX = (FRONTEND / "index.html").read_bytes()
NAVIGATION = (
    f"GET / HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/html,*/*\r\nAccept-Encoding: gzip, br\r\n\r\n"
).encode()
_ASSETS = re.compile(rb'(?:src|href)="\./(assets/[^"]+)"')


def test_the_share_page_becomes_the_page_gradio_serves_locally() -> None:
    page = rewritten(SHARE)
    assert page is not None
    assert _ASSETS.findall(page) == _ASSETS.findall(INDEX)
    assert all((FRONTEND / name.decode()).is_file() for name in _ASSETS.findall(page))


@pytest.mark.parametrize(
    "page",
    [
        INDEX,
        SHARE.replace(b"amazonaws", b"example"),
    ],
)
def test_other_pages_are_left_alone(page: bytes) -> None:
    assert rewritten(page) is None
    assert explained(page) is None


def test_a_version_that_nobody_looked_up_says_what_it_misses() -> None:
    unknown = SHARE.replace(gradio.__version__.encode(), b"0.0.1")
    assert rewritten(unknown) is None
    page = explained(unknown)
    assert page is not None
    assert b"0.0.1/gradio.js" in page
    assert re.sub(rb' onerror="[^"]*cannot be reached[^"]*"', b"", page) == unknown


def answer(page: bytes, *, fields: str = "", status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n{fields}"
    return f"{head}Content-Length: {len(page)}\r\n\r\n".encode() + page


async def test_the_length_is_that_of_the_new_page() -> None:
    wired = Wired()
    wired.says(NAVIGATION)
    assert b"Accept-Encoding: gzip\r\n" in wired.stream.got
    whole = answer(SHARE)
    wired.stream.says(whole[:3000])
    assert not wired.sent
    wired.stream.says(whole[3000:])
    page = rewritten(SHARE)
    assert page is not None
    assert wired.sent == answer(page)
    assert wired.stats.rewritten == 1
    assert not wired.context.held


async def test_a_page_in_gzip_stays_one() -> None:
    wired = Wired()
    wired.says(NAVIGATION)
    wired.stream.says(answer(gzip.compress(SHARE), fields="Content-Encoding: gzip\r\n"))
    head, _, page = wired.sent.partition(b"\r\n\r\n")
    assert gzip.decompress(page) == rewritten(SHARE)
    assert f"Content-Length: {len(page)}\r\n".encode() in head + b"\r\n"


@pytest.mark.parametrize(
    "page",
    [
        b"no gzip at all",
        gzip.compress(SHARE)[:-5],
        gzip.compress(SHARE + b"\0" * LARGEST),
    ],
)
async def test_what_cannot_be_unpacked_passes_unchanged(page: bytes) -> None:
    wired = Wired()
    wired.says(NAVIGATION)
    passed = answer(page, fields="Content-Encoding: gzip\r\n")
    wired.stream.says(passed)
    assert wired.sent == passed


@pytest.mark.parametrize(
    "passed",
    [
        answer(INDEX),
        answer(SHARE, status="404 Not Found"),
        answer(SHARE, fields="Content-Encoding: br\r\n"),
        answer(b""),
    ],
)
async def test_what_is_no_share_page_passes_unchanged(passed: bytes) -> None:
    wired = Wired()
    wired.says(NAVIGATION)
    wired.stream.says(passed)
    assert wired.sent == passed


async def test_half_a_page_is_told_as_such() -> None:
    wired = Wired()
    wired.says(NAVIGATION)
    wired.stream.says(answer(SHARE)[:-1])
    wired.stream.ends()
    assert wired.status == 502
    assert not wired.context.held


async def test_pages_that_never_end_turn_off_nothing_for_others() -> None:
    """One app whose visitors all wait for the rest of a page."""
    wired, whole = Wired(streams=Streams(waiting=100)), answer(SHARE)
    wires = []
    for _ in range(40):
        wired.connect()
        wired.says(NAVIGATION)
        wired.stream.says(whole[:-9])
        wires.append(wired.wire)
    # Those that came first have made room, and go on as they are.
    assert [bool(wire.sent) for wire in wires] == [True] * 8 + [False] * 32
    wired.connect()
    wired.says(NAVIGATION)
    wired.stream.says(whole)
    page = rewritten(SHARE)
    assert page is not None
    assert wired.sent == answer(page)
    wired.streams.given[0].says(whole[-9:])
    assert wires[0].sent == whole
    wired.streams.given[39].says(whole[-9:])
    assert wires[39].sent == answer(page)


async def test_programs_get_what_the_app_sent() -> None:
    wired = Wired()
    wired.says(NAVIGATION.replace(b"text/html,", b""))
    assert b"Accept-Encoding: gzip, br\r\n" in wired.stream.got
    wired.stream.says(answer(SHARE))
    assert wired.sent == answer(SHARE)
