"""Our client where only a proxy leads out."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.relay.client.keeping import Reports, keep
from appliance.relay.client.offer import Offer
from appliance.relay.client.proxy import Proxy
from appliance.relay.client.relay import Relay
from tests.integration.relay.client.certificate import contexts
from tests.integration.relay.client.command import address, app, outcome, sharing
from tests.integration.relay.client.relaying import TOKEN, port_of, relaying
from tests.integration.relay.connection import URL

NAME = "share.example.org:7000"
LOGIN = b64encode(b"ada:p@ss").decode()


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
    target.close()


@asynccontextmanager
async def proxy(relay: int, answer: str = "200 Connected") -> AsyncIterator[tuple[int, list[str]]]:
    """Leads to the relay on this port, whatever host is asked for; gives what it was told."""
    told: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {answer}\r\nVia: a proxy\r\n\r\n".encode())
        if answer.startswith("200"):
            onward, back = await asyncio.open_connection("127.0.0.1", relay)
            await asyncio.gather(copy(reader, back), copy(onward, writer), return_exceptions=True)
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield port_of(server), told


async def test_the_environment_names_the_proxy(tmp_path: Path) -> None:
    async with relaying() as (relay, port), app() as web, proxy(port) as (way, told):
        environment = {"https_proxy": f"http://ada:p%40ss@127.0.0.1:{way}"}
        server = ("--server", NAME, "--no-tls")
        async with sharing(tmp_path, web, *server, **environment) as process:
            assert await address(process) == URL
            visit = await (await relay.until_online()).visit()
            visit.send(b"GET /through HTTP/1.1\r\nHost: x\r\n\r\n")
            assert await visit.response() == b"you asked for /through"
    assert told[0].startswith(f"CONNECT {NAME} HTTP/1.1\r\nHost: {NAME}\r\n")
    assert f"\r\nProxy-Authorization: Basic {LOGIN}\r\n" in told[0]


async def test_tls_goes_through_to_the_relay(tmp_path: Path) -> None:
    server_side, file = contexts(tmp_path)
    urls: list[str] = []
    async with relaying(server_side) as (_, port), app() as web, proxy(port) as (way, _told):
        where = Relay("127.0.0.1", port, tls=True, ca=file, proxy=Proxy("127.0.0.1", way))
        online = asyncio.Event()

        def printed(url: str) -> None:
            urls.append(url)
            online.set()

        reports = Reports(printed, urls.append)
        keeping = asyncio.create_task(keep(where, Offer(TOKEN), "127.0.0.1", int(web), reports))
        await online.wait()
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert urls == [URL]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("407 Who are you", "wants another name and password"),
        ("403 No", "lets nobody connect to port 7000 there (it answers 403)"),
        ("200 OK\r\nContent-Length: nonsense", "gives no connection: it is no proxy"),
    ],
)
async def test_a_proxy_that_refuses_is_told_of(tmp_path: Path, answer: str, said: str) -> None:
    async with app() as web, proxy(1, answer) as (way, _):
        environment = {"https_proxy": f"http://ada:p%40ss@127.0.0.1:{way}"}
        code, _out, error = await outcome(tmp_path, web, "--server", NAME, **environment)
    assert code == 1
    assert said in error
    assert "p@ss" not in error


async def test_a_proxy_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = port_of(server)
    async with app() as web:
        environment = {"https_proxy": f"http://127.0.0.1:{port}"}
        code, _out, error = await outcome(tmp_path, web, "--server", NAME, **environment)
    assert code == 1
    assert f"The proxy 127.0.0.1:{port} cannot be reached: Connection refused." in error
