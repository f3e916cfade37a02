"""Requests that are sent again, and those that never are."""

import pytest

from appliance.relay.gateway.answers import Kind
from appliance.relay.gateway.settings import GatewaySettings
from tests.unit.relay.gateway.wired import (
    CHUNKS,
    GET,
    HOST,
    OK,
    POST,
    Wired,
)


class TestRepeating:
    """When a request is sent again, and when not."""

    @pytest.mark.parametrize("request_", [GET, CHUNKS])
    async def test_what_may_happen_twice_is_sent_to_a_second_new_stream(
        self, request_: bytes
    ) -> None:
        wired = Wired()
        wired.says(request_)
        first = wired.stream
        first.ends()
        assert wired.stream is not first
        assert wired.stream.got == first.got
        wired.stream.says(OK)
        assert wired.sent == OK
        assert wired.stats.retries == 1

    async def test_two_new_streams_that_die_mean_the_app_is_down(self) -> None:
        wired = Wired()
        wired.says(GET)
        wired.stream.ends()
        wired.stream.ends()
        assert wired.status == 502
        assert len(wired.streams.given) == 2
        assert wired.stats.answers[Kind.REFUSED] == 1
        assert wired.share.traffic.errors == 1

    async def test_a_used_stream_does_not_count(self) -> None:
        wired = Wired()
        wired.says(GET)
        wired.stream.says(OK)
        wired.says(GET)
        wired.stream.ends()
        wired.stream.ends()
        wired.stream.says(OK)
        assert wired.sent == OK * 2

    async def test_a_post_that_may_have_arrived_is_not_repeated(self) -> None:
        wired = Wired()
        wired.says(POST)
        wired.stream.ends()
        assert wired.status == 502
        assert len(wired.streams.given) == 1

    async def test_a_post_takes_no_stream_that_rested_long(self) -> None:
        wired = Wired(settings=GatewaySettings(stream_rest=1000.0))
        wired.says(GET)
        wired.stream.says(OK)
        stream, since = wired.context.resting._streams[wired.streams][0]
        wired.context.resting._streams[wired.streams][0] = (stream, since - 2)
        wired.says(POST)
        assert len(wired.streams.given) == 2
        wired.stream.says(OK)

    async def test_a_large_body_is_not_kept(self) -> None:
        wired = Wired()
        head = f"PUT / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 70000\r\n\r\n".encode()
        wired.says(head + b"x" * 70000)
        wired.stream.ends()
        assert wired.status == 502

    async def test_nothing_is_repeated_after_the_first_byte_of_an_answer(self) -> None:
        wired = Wired()
        wired.says(GET)
        wired.stream.says(b"HTTP/1.1 2")
        wired.stream.ends()
        assert wired.status == 502
        assert wired.stats.answers[Kind.BROKEN] == 1
        assert len(wired.streams.given) == 1
