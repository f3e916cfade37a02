"""What the gateway answers by itself, and the limits that it keeps to."""

import asyncio
import re
import time

import pytest

from appliance.relay.gateway.answers import Kind
from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.gateway.settings import GatewaySettings
from appliance.relay.joint import JointLimits, Terms
from appliance.relay.share import HttpOptions, Traffic
from appliance.relay.upstream import Away
from appliance.relay.wire.yamux.limits import Allowance
from tests.unit.relay.gateway.wired import (
    CHUNKS,
    GET,
    OK,
    POST,
    Streams,
    Wired,
    eventually,
    turns,
)


@pytest.mark.parametrize(
    ("away", "status", "kind"),
    [
        (Away.DISCONNECTED, 503, Kind.DISCONNECTED),
        (Away.REFUSED, 502, Kind.REFUSED),
        (Away.SLOW, 504, Kind.SLOW),
    ],
)
async def test_an_app_that_is_away_is_told_so(away: Away, status: int, kind: Kind) -> None:
    wired = Wired(streams=Streams(waiting=0, away=away))
    wired.says(GET)
    await turns()
    assert wired.status == status
    assert wired.stats.answers[kind] == 1
    assert not wired.wire.is_closing()
    assert wired.share.traffic.open == 0


@pytest.mark.parametrize(("why", "kind"), [(Why.EXPIRED, Kind.EXPIRED), (Why.ENDED, Kind.ENDED)])
async def test_a_share_that_is_gone(why: Why, kind: Kind) -> None:
    wired = Wired(found=Gone(why, 1_790_000_000.0))
    wired.says(GET.replace(b"\r\n\r\n", b"\r\nAccept: text/html\r\n\r\n"))
    assert wired.status == 410
    assert wired.stats.answers[kind] == 1
    assert b"Since 2026-09-21 14:13 UTC" in wired.sent


async def test_a_name_that_nobody_has() -> None:
    wired = Wired()
    wired.says(GET.replace(b"demo", b"other") + GET)
    await turns()
    assert wired.status == 404
    wired.stream.says(OK)
    assert wired.sent.endswith(OK)


async def test_a_request_for_nobody_is_read_or_the_connection_ends() -> None:
    wired = Wired()
    whole = POST.replace(b"demo", b"other")
    wired.says(whole + whole)
    await turns()
    assert wired.sent.count(b"HTTP/1.1 404 Not Found") == 2
    wired.says(whole[:-1])
    assert wired.sent.endswith(b"}")
    assert wired.sent.count(b"Connection: close") == 1
    assert wired.wire.half_closed


async def test_a_client_that_is_gone_is_away() -> None:
    wired = Wired()
    wired.share.upstream = None
    wired.says(GET)
    assert wired.status == 503
    assert b"Retry-After: 2\r\n" in wired.sent


async def test_an_allowance_is_kept_to() -> None:
    wired = Wired()
    wired.share.allowance = Allowance(0.001, 1, asyncio.get_running_loop().time())
    wired.says(GET)
    wired.stream.says(OK)
    wired.says(GET)
    assert wired.sent.startswith(OK + b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"Retry-After: 2\r\n" in wired.sent


async def test_a_share_that_is_used_up_says_until_when() -> None:
    wired = Wired()
    wired.share.limit(0.0)
    wired.says(GET.replace(b"\r\n\r\n", b"\r\nAccept: text/html\r\n\r\n"))
    head, _, page = wired.sent.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 429 ")
    wait = re.search(rb"Retry-After: (\d+)", head)
    assert wait is not None
    midnight = time.time() + int(wait[1])
    assert abs(midnight - 86_400 * round(midnight / 86_400)) < 60
    assert b"opens again at midnight UTC" in page
    # Nothing is gained by a page that loads itself until then.
    assert b"http-equiv" not in page
    assert wired.stats.answers[Kind.SPENT] == 1


async def test_a_share_takes_so_many_requests_at_a_time() -> None:
    wired = Wired(settings=GatewaySettings(per_share=1))
    wired.says(GET)
    first = wired.wire
    wired.connect()
    wired.says(GET)
    assert wired.status == 503
    assert wired.stats.answers[Kind.CROWDED] == 1
    assert not first.sent


async def test_an_owners_shares_take_so_many_requests_together() -> None:
    wired = Wired()
    joint_limits = JointLimits()
    wired.share.joint_limits = joint_limits.of([Terms("key:ada", 0.001, None)])
    wired.says(GET)
    wired.stream.says(OK)
    wired.says(GET)
    assert wired.sent.startswith(OK + b"HTTP/1.1 429 Too Many Requests\r\n")
    assert wired.stats.answers[Kind.BUSY] == 1
    # Another share of the same owner.
    wired.share.joint_limits = joint_limits.of([Terms("key:ada", 0.001, None)])
    wired.share.traffic = Traffic()
    wired.says(GET)
    assert wired.stats.answers[Kind.BUSY] == 2


async def test_an_owners_shares_take_so_many_requests_at_a_time() -> None:
    wired = Wired()
    wired.share.joint_limits = JointLimits().of([Terms("key:ada", None, 1)])
    (limit,) = wired.share.joint_limits
    wired.says(GET)
    first, stream = wired.visitor, wired.stream
    wired.connect()
    wired.says(GET)
    assert wired.status == 503
    assert wired.stats.answers[Kind.CROWDED] == 1
    # It counts where it began, whatever the share has a part in by now.
    wired.share.joint_limits = ()
    stream.says(OK)
    assert not limit.full
    assert limit.open == 0
    first.connection_lost(None)
    assert limit.open == 0


async def test_connections_have_a_limit() -> None:
    wired = Wired(settings=GatewaySettings(connections=1))
    wired.connect()
    assert wired.status == 503
    assert wired.wire.closed
    assert wired.stats.turned_away == 1
    assert wired.stats.open == 1


@pytest.mark.parametrize(
    ("given_", "status"),
    [
        (b"", 401),
        (b"Authorization: Basic YWRhOndyb25n\r\n", 401),
        (b"Authorization: Basic !\r\n", 401),
        (b"Authorization: Bearer YWRhOnNlY3JldA==\r\n", 401),
        (b"Authorization: basic YWRhOnNlY3JldA==\r\n", 200),
    ],
)
async def test_a_password(given_: bytes, status: int) -> None:
    wired = Wired()
    wired.share.options = HttpOptions(user="ada", password="secret")
    wired.says(GET[:-2] + given_ + b"\r\n")
    if wired.streams.given:
        wired.stream.says(OK)
    assert wired.status == status
    assert (b"WWW-Authenticate: Basic" in wired.sent) == (status == 401)


@pytest.mark.parametrize("late", [b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_half_a_head_is_not_waited_for(late: bytes) -> None:
    wired = Wired(settings=GatewaySettings(head_time=0.01))
    wired.says(late)
    await eventually(lambda: wired.sent)
    assert wired.status == 408
    assert wired.wire.half_closed


@pytest.mark.parametrize("bad", [b"GET / HTTP/1.1\n", b"x" * 70_000])
async def test_what_can_be_no_head_is_refused_at_once(bad: bytes) -> None:
    wired = Wired()
    wired.says(bad)
    assert wired.status in (400, 431)
    assert wired.stats.answers[Kind.MALFORMED] == 1


async def test_bad_chunks_cut_the_upload_off() -> None:
    wired = Wired()
    head = CHUNKS[: CHUNKS.index(b"\r\n\r\n") + 4]
    wired.says(head, b"nonsense")
    assert wired.stream.ended
    assert wired.status == 400
    assert wired.wire.half_closed
    wired.connect()
    wired.says(head)
    wired.stream.says(OK[:-1])
    wired.says(b"nonsense")
    assert wired.wire.aborted


async def test_who_asks_without_reading_gets_no_more_answers() -> None:
    wired = Wired(settings=GatewaySettings(body_silence=10))
    nobody = GET.replace(b"demo", b"other")
    wired.says(nobody)
    wired.visitor.pause_writing()
    for _ in range(2000):
        wired.says(nobody)
    assert wired.sent.count(b"404 Not Found") == 1
    assert not wired.wire.reading
    wired.visitor.resume_writing()
    await eventually(lambda: wired.sent.count(b"404 Not Found") == 2001)
    assert wired.wire.reading
    wired.visitor.pause_writing()
    wired.visitor.passed(9)
    assert not wired.wire.aborted
    wired.visitor.passed(9)
    assert wired.wire.aborted


async def test_idle_connections_end() -> None:
    wired = Wired(settings=GatewaySettings(keep_alive=10))
    wired.says(GET)
    wired.visitor.passed(60)
    assert not wired.wire.closed
    wired.stream.says(OK)
    wired.says(GET)
    wired.stream.says(OK)
    wired.visitor.passed(6)
    assert not wired.wire.closed
    wired.visitor.passed(6)
    assert wired.wire.closed


async def test_an_upload_that_stopped_ends() -> None:
    wired = Wired(settings=GatewaySettings(body_silence=10))
    wired.says(POST[:-1])
    wired.visitor.passed(9)
    assert not wired.wire.aborted
    wired.visitor.passed(9)
    assert wired.wire.aborted
