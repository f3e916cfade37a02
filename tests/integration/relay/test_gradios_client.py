"""The wire code against the client every `launch(share=True)` starts, over a socket."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator

import pytest

from appliance.relay.wire.messages import Kill
from appliance.relay.wire.yamux.frame import INITIAL_WINDOW
from tests.integration.relay.app import NOISE, App
from tests.integration.relay.connection import URL, Connection
from tests.integration.relay.frpc import gradios_frpc, printed_url

TOKEN = "sharetoken"
Share = tuple[App, Connection, asyncio.subprocess.Process]


def port(server: asyncio.Server) -> int:
    listening: socket.socket = server.sockets[0]
    return int(listening.getsockname()[1])


@pytest.fixture
async def share() -> AsyncIterator[Share]:
    """An app, its tunnel and the process of the client, once the URL was printed."""
    app, connection = App(), Connection()
    loop = asyncio.get_running_loop()
    web = await asyncio.start_server(app.handle, "127.0.0.1", 0)
    relay = await loop.create_server(lambda: connection, "127.0.0.1", 0)
    async with web, relay, asyncio.timeout(60):
        async with gradios_frpc(port(relay), port(web), TOKEN) as client:
            assert await printed_url(client) == URL
            yield app, connection, client
        assert connection.ended == []


async def test_it_logs_in_and_asks_for_an_encrypted_and_compressed_proxy(share: Share) -> None:
    _, connection, _ = share
    assert connection.login is not None
    assert connection.proxy is not None
    assert connection.login.version == "0.44.0"
    assert connection.proxy.proxy_name == TOKEN
    assert connection.proxy.use_encryption
    assert connection.proxy.use_compression


async def test_requests_follow_each_other_on_one_stream(share: Share) -> None:
    app, connection, _ = share
    visit = await connection.visit()
    for path in ("/first", "/second"):
        visit.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert await visit.response() == f"you asked for {path}".encode()
    assert len(app.heads) == 2


async def test_many_visitors_at_once(share: Share) -> None:
    _, connection, _ = share
    visits = [await connection.visit() for _ in range(50)]
    for number, visit in enumerate(visits):
        visit.send(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number)
    bodies = [await visit.response() for visit in visits]
    assert bodies == [b"you asked for /%d" % number for number in range(50)]


async def test_a_download_arrives_unchanged(share: Share) -> None:
    _, connection, _ = share
    visit = await connection.visit()
    visit.send(b"GET /noise/64 HTTP/1.1\r\nHost: x\r\n\r\n")
    body = await visit.response()
    assert hashlib.sha256(body).digest() == hashlib.sha256(NOISE * 64).digest()


async def test_an_upload_larger_than_the_clients_window_arrives_unchanged(share: Share) -> None:
    _, connection, _ = share
    visit = await connection.visit()
    size = 16 << 20
    assert size > INITIAL_WINDOW
    visit.send(b"POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(16):
        visit.send(NOISE)
    assert await visit.response() == hashlib.sha256(NOISE * 16).hexdigest().encode()


async def test_a_visitor_who_leaves_is_missed_by_the_app(share: Share) -> None:
    app, connection, _ = share
    visit = await connection.visit()
    visit.send(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    await visit.arrived.wait()
    visit.abort()
    await app.left.wait()
    other = await connection.visit()
    other.send(b"GET /after HTTP/1.1\r\nHost: x\r\n\r\n")
    assert await other.response() == b"you asked for /after"


async def test_kill_ends_the_client(share: Share) -> None:
    _, connection, client = share
    connection.tell(Kill())
    assert await client.wait() == 0
