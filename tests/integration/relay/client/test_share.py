"""Our client against the least relay: what a visitor, the app and the sharer see."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.relay.client import RelayError, share
from appliance.relay.client.offer import Offer
from appliance.relay.names import hashed
from appliance.relay.wire.messages import Kill
from appliance.relay.wire.yamux.frame import INITIAL_WINDOW
from tests.integration.relay.app import NOISE
from tests.integration.relay.client.relaying import TOKEN, Relaying, Sharing, relaying, shared
from tests.integration.relay.connection import RUN_ID, URL, Connection
from tests.running.until import until

Share = tuple[Relaying, Connection, Sharing]


@pytest.fixture(params=[True, False], ids=["compressed", "plain"])
async def published(request: pytest.FixtureRequest) -> AsyncIterator[Share]:
    offer = Offer(TOKEN, compression=request.param)
    async with relaying() as (relay, port), shared(relay, port, offer) as sharing:
        yield relay, await relay.until_online(), sharing


async def test_it_registers_as_gradios_client_does(published: Share) -> None:
    relay, connection, _ = published
    assert connection.proxy is not None
    assert connection.name == hashed(TOKEN)
    await connection.visit()
    assert relay.urls == [URL]
    assert relay.lines == []


async def test_requests_follow_each_other_on_one_stream(published: Share) -> None:
    relay, connection, _ = published
    visit = await connection.visit()
    for path in ("/first", "/second"):
        visit.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert await visit.response() == f"you asked for {path}".encode()
    assert len(relay.app.heads) == 2


async def test_many_visitors_at_once(published: Share) -> None:
    _, connection, _ = published
    visits = [await connection.visit() for _ in range(300)]
    for number, visit in enumerate(visits):
        visit.send(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
    bodies = [await visit.response() for visit in visits]
    assert bodies == [b"you asked for /%d" % number for number in range(300)]


async def test_a_download_arrives_unchanged(published: Share) -> None:
    _, connection, _ = published
    visit = await connection.visit()
    visit.send(b"GET /noise/64 HTTP/1.1\r\nHost: x\r\n\r\n")
    body = await visit.response()
    assert hashlib.sha256(body).digest() == hashlib.sha256(NOISE * 64).digest()


async def test_an_upload_larger_than_the_window_arrives_unchanged(published: Share) -> None:
    _, connection, _ = published
    visit = await connection.visit()
    visit.send(b"POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (16 << 20))
    for _ in range(16):
        visit.send(NOISE)
    assert await visit.response() == hashlib.sha256(NOISE * 16).hexdigest().encode()


async def test_an_app_that_reads_nothing_holds_back_its_visitor_only(published: Share) -> None:
    _, connection, _ = published
    stuck, other = await connection.visit(), await connection.visit()
    stuck.send(b"POST /stuck HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (32 << 20))
    for _ in range(32):
        stuck.send(NOISE)
    assert await other.response_to("/beside") == b"you asked for /beside"
    # The machine's own buffers took some of it; how much is up to the machine.
    assert connection.session.send(stuck.stream, b"") > 8 << 20
    stuck.abort()


async def test_a_visitor_who_reads_nothing_holds_back_the_app(published: Share) -> None:
    relay, connection, _ = published
    visit = await connection.visit()
    taken = bytearray()
    visit.receive = taken.extend  # type: ignore[method-assign]
    visit.send(b"GET /noise/64 HTTP/1.1\r\nHost: x\r\n\r\n")
    await until(lambda: len(taken) > INITIAL_WINDOW - 1024)  # messages took some of it
    other = await connection.visit()
    assert await other.response_to("/beside") == b"you asked for /beside"
    assert len(taken) <= INITIAL_WINDOW
    assert relay.app.sent < 32 << 20


async def test_a_visitor_who_leaves_is_missed_by_the_app(published: Share) -> None:
    relay, connection, _ = published
    visit = await connection.visit()
    visit.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    await visit.arrived.wait()
    visit.abort()
    await relay.app.left.wait()


async def test_an_app_that_went_away_ends_its_visitors_at_once_and_is_told_of_once(
    published: Share,
) -> None:
    relay, connection, sharing = published
    await (await connection.visit()).response_to("/before")
    sharing.web.close()
    for _ in range(5):
        visit = await connection.visit()
        await visit.closed.wait()
        assert visit.got == b""
    [line] = relay.lines
    assert "takes no connections" in line


async def test_a_lost_connection_comes_back_with_the_same_run_id(published: Share) -> None:
    relay, connection, _ = published
    connection.transport.abort()
    again = await relay.until_online(2)
    assert again.login is not None
    assert again.login.run_id == RUN_ID
    assert await (await again.visit()).response_to("/again") == b"you asked for /again"
    assert relay.urls == [URL]
    lost, back = relay.lines
    assert "was lost" in lost
    assert "at the same address" in back


async def test_broken_bytes_end_one_visitor_only() -> None:
    async with relaying() as (relay, port), shared(relay, port, Offer(TOKEN)):
        connection = await relay.until_online()
        visit, other = await connection.visit(), await connection.visit()
        connection.session.send(visit.stream, b"\xff" * 64)
        connection.flush()
        await visit.closed.wait()
        assert await other.response_to("/") == b"you asked for /"


async def test_a_share_that_the_relay_ends_is_not_tried_again() -> None:
    async with relaying() as (relay, port), shared(relay, port, Offer(TOKEN)) as sharing:
        (await relay.until_online()).tell(Kill())
        with pytest.raises(RelayError, match="has ended this share"):
            await sharing.keeping
        assert len(relay.connections) == 1


async def test_a_notebook_shares_for_the_length_of_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    makers, new_event_loop = [], asyncio.new_event_loop

    def noted() -> asyncio.AbstractEventLoop:
        makers.append(threading.current_thread().name)
        return new_event_loop()

    monkeypatch.setattr(asyncio, "new_event_loop", noted)

    def cell(port: int) -> str:
        with share(7860, f"127.0.0.1:{port}") as url:
            return url

    async with relaying() as (relay, port):
        assert await asyncio.to_thread(cell, port) == URL
        await relay.connections[0].gone.wait()
    with pytest.raises(RelayError, match="cannot be reached"):
        await asyncio.to_thread(cell, port)
    # One made in the notebook's own thread would take its Ctrl-C, on Windows.
    assert makers == ["share", "share"]
