"""One connection: requests in, answers out, and all that can go wrong between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.relay.gateway.answers import Kind
from tests.unit.relay.gateway.wired import (
    CHUNKS,
    GET,
    HOST,
    OK,
    POST,
    Streams,
    Wired,
    turns,
)
from tests.unit.relay.splits import cuts, pieces

WEBSOCKET = (
    f"GET /ws HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
).encode()
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


async def test_a_request_and_its_answer() -> None:
    wired = Wired()
    wired.says(GET)
    assert wired.stream.got.startswith(b"GET /page HTTP/1.1\r\nHost: demo.share.example.org\r\n")
    wired.stream.says(OK)
    assert wired.sent == OK
    assert len(wired.wire.writes) == 1
    assert (wired.share.traffic.requests, wired.share.traffic.open) == (1, 0)
    assert wired.share.traffic.sent == len(OK)


@given(
    request=st.sampled_from([GET, POST, CHUNKS, b"\r\n" + GET]),
    distances=cuts,
    answer=st.sampled_from(
        [
            OK,
            b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: x\r\n\r\n",
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        ]
    ),
    more=cuts,
)
async def test_how_bytes_are_cut_makes_no_difference(
    request: bytes, distances: list[int], answer: bytes, more: list[int]
) -> None:
    whole, cut = Wired(), Wired()
    whole.says(request)
    cut.feeds(pieces(request, distances))
    assert flat(cut.stream.got) == flat(whole.stream.got)
    whole.stream.says(answer)
    for piece in pieces(answer, more):
        if piece:
            cut.stream.says(piece)
    assert flat(cut.sent) == flat(whole.sent)
    assert not cut.wire.is_closing()
    assert cut.stats.answers == whole.stats.answers
    cut.says(GET)
    assert len(cut.streams.given) == 1


def flat(message: bytes) -> bytes:
    """With all chunks as one: they are framed by what arrives together."""
    head, _, body = message.rpartition(b"chunked\r\n\r\n")
    if not head:
        return message
    flat = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        flat, body = flat + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return head + flat


async def test_requests_share_a_stream_one_after_the_other() -> None:
    wired = Wired()
    for _ in range(3):
        wired.says(POST)
        wired.stream.says(OK)
    assert len(wired.streams.given) == 1
    assert wired.sent == OK * 3


async def test_requests_sent_ahead_are_answered_in_order() -> None:
    wired = Wired()
    wired.says(GET + POST + GET)
    for number in range(3):
        assert wired.stream.got.count(b"\r\nHost:") == number + 1
        wired.stream.says(OK)
        await turns()
    assert wired.sent == OK * 3


async def test_a_request_in_the_body_of_another_is_its_body() -> None:
    wired = Wired()
    inner = b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"
    wired.says(
        f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(inner)}\r\n\r\n".encode() + inner
    )
    wired.stream.says(OK)
    await turns()
    assert wired.stats.requests == 1


async def test_what_follows_chunks_unasked_ends_the_connection() -> None:
    wired = Wired()
    wired.says(CHUNKS + b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"/admin" not in wired.stream.got
    wired.stream.says(OK)
    assert wired.sent == OK
    assert wired.wire.closed


@pytest.mark.parametrize(
    "unclean",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        OK + b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nmore",
    ],
)
async def test_a_doubtful_stream_is_not_used_again(unclean: bytes) -> None:
    wired = Wired()
    wired.says(GET)
    first = wired.stream
    first.says(unclean)
    assert first.ended
    assert b"hello" in wired.sent
    assert b"more" not in wired.sent
    wired.says(GET)
    assert len(wired.streams.given) == 2


async def test_an_app_that_ends_in_the_middle_resets_the_visitor() -> None:
    for half in (
        OK[:-1],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ):
        wired = Wired()
        wired.says(GET)
        wired.stream.says(half)
        wired.stream.ends()
        assert wired.wire.aborted
        assert wired.stats.aborted == 1


async def test_an_answer_without_length_ends_with_the_connection() -> None:
    wired = Wired()
    wired.says(GET)
    wired.stream.says(b"HTTP/1.1 200 OK\r\n\r\nhel")
    wired.stream.says(b"lo")
    wired.stream.ends()
    assert wired.sent == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
    assert wired.wire.closed
    assert not wired.wire.aborted


async def test_a_visitor_of_http_1_0_gets_no_chunks() -> None:
    wired = Wired()
    wired.says(GET.replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\nConnection: keep-alive\r\n"))
    wired.stream.says(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    )
    assert wired.sent == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
    assert wired.wire.closed


async def test_who_leaves_is_missed_by_the_app() -> None:
    wired = Wired()
    wired.says(GET)
    wired.stream.says(OK[:-2])
    wired.visitor.connection_lost(None)
    assert wired.stream.ended
    assert wired.share.traffic.open == 0
    assert wired.stats.left == 1
    assert wired.stats.open == 0


async def test_who_leaves_while_a_stream_is_waited_for_takes_none() -> None:
    streams = Streams(waiting=0)
    wired = Wired(streams=streams)
    wired.says(GET)
    await turns()
    wired.visitor.connection_lost(None)
    streams.go.set()
    await turns()
    assert all(stream.ended for stream in streams.given)
    assert wired.share.traffic.open == 0


async def test_a_body_waits_for_the_stream() -> None:
    streams = Streams(waiting=0)
    wired = Wired(streams=streams)
    wired.says(
        f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 200000\r\n\r\n".encode(),
        b"x" * 50_000,
    )
    assert wired.wire.reading
    wired.says(b"x" * 50_000)
    assert not wired.wire.reading
    streams.go.set()
    await turns()
    assert wired.stream.got.count(b"x" * 100_000) == 1
    assert wired.wire.reading
    wired.says(b"x" * 100_000)
    wired.stream.says(OK)
    assert wired.sent == OK


async def test_a_slow_app_slows_the_visitor() -> None:
    wired = Wired()
    wired.says(f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9000000\r\n\r\n".encode())
    wired.stream.queued = 1 << 20
    wired.says(b"x" * 100_000)
    assert not wired.wire.reading
    wired.stream.queued = 0
    wired.stream.receiver.stream_drained()
    assert wired.wire.reading


async def test_a_slow_visitor_slows_the_app() -> None:
    wired = Wired()
    wired.says(GET)
    wired.stream.says(OK[:-1])
    wired.visitor.pause_writing()
    assert wired.stream.paused
    wired.visitor.resume_writing()
    assert not wired.stream.paused
    wired.visitor.pause_writing()
    wired.stream.says(OK[-1:])
    assert not wired.stream.paused, "the next visitor of the stream would wait for ever"


async def test_an_early_answer_arrives_and_the_rest_is_swallowed() -> None:
    wired = Wired()
    wired.says(f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 900000\r\n\r\n".encode())
    wired.says(b"x" * 1000)
    too_large = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"
    wired.stream.says(too_large)
    assert wired.stream.ended
    assert wired.sent == too_large
    assert wired.wire.half_closed
    assert wired.wire.reading
    wired.says(b"x" * 100_000)
    assert not wired.wire.aborted


async def test_continue_goes_all_the_way() -> None:
    wired = Wired()
    wired.says(
        f"POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 4\r\n"
        "Expect: 100-continue\r\n\r\n".encode()
    )
    assert b"Expect: 100-continue" in wired.stream.got
    wired.stream.says(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert wired.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
    wired.says(b"body")
    assert wired.stream.got.endswith(b"\r\n\r\nbody")
    wired.stream.says(OK)
    assert wired.sent.endswith(OK)


async def test_interim_answers_have_an_end() -> None:
    wired = Wired()
    wired.says(GET)
    wired.stream.says(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20)
    assert wired.stream.ended
    assert wired.sent.count(b"103 Early Hints") == 8
    assert b"502 Bad Gateway" in wired.sent


async def test_events_stream_for_days_however_rarely_they_come() -> None:
    wired = Wired()
    wired.says(GET)
    wired.stream.says(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for hour in range(72):
        wired.visitor.passed(3600)
        wired.stream.says(b"9\r\ndata: %02d\n\r\n" % hour)
        assert wired.sent.endswith(b"data: %02d\n\r\n" % hour)
    assert not wired.wire.is_closing()
    wired.stream.says(b"0\r\n\r\n")
    assert wired.sent.endswith(b"0\r\n\r\n")


async def test_an_upgrade_becomes_a_pipe() -> None:
    wired = Wired()
    wired.says(WEBSOCKET)
    assert b"Connection: Upgrade\r\nUpgrade: websocket\r\n" in wired.stream.got
    wired.says(b"early")
    wired.stream.says(SWITCHED + b"first")
    assert wired.sent == SWITCHED + b"first"
    assert wired.stream.got.endswith(b"early")
    wired.visitor.passed(100_000)
    assert not wired.wire.is_closing()
    wired.says(b"\x00\r\n\r\n\xff")
    assert wired.stream.got.endswith(b"\x00\r\n\r\n\xff")
    wired.stream.says(b"\x81\x01x")
    assert wired.sent.endswith(b"\x81\x01x")
    wired.stream.ends()
    assert wired.wire.closed
    assert wired.share.traffic.open == 0
    assert wired.stats.upgrades == 1


async def test_an_upgrade_that_is_declined_stays_http() -> None:
    wired = Wired()
    wired.says(WEBSOCKET)
    wired.stream.says(OK)
    wired.says(GET)
    wired.stream.says(OK)
    assert wired.sent == OK * 2


@pytest.mark.parametrize(
    "nonsense",
    [
        SWITCHED,
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
        b"x" * 70_000,
    ],
)
async def test_nonsense_from_the_app_is_not_passed_on(nonsense: bytes) -> None:
    wired = Wired()
    wired.says(GET)
    wired.stream.says(nonsense)
    assert wired.status == 502
    assert wired.stats.answers[Kind.BROKEN] == 1
    assert wired.stream.ended


async def test_nonsense_later_on_cuts_the_visitor_off() -> None:
    wired = Wired()
    wired.says(GET)
    wired.stream.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
    wired.stream.says(b"nonsense")
    assert wired.wire.aborted
    assert wired.stream.ended
