"""The stock MCP client gets through the door by the same token."""

import asyncio

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.integration.auth.conftest import Front


async def test_an_mcp_client_shows_a_token(door: Front, url: str) -> None:
    bearer = {"Authorization": f"Bearer {door.token()}"}
    async with (
        asyncio.timeout(120),
        httpx.AsyncClient(headers=bearer, timeout=60, follow_redirects=True) as connection,
        streamable_http_client(f"{url}gradio_api/mcp/", http_client=connection) as (
            read,
            write,
            *_,
        ),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        names = [tool.name for tool in (await session.list_tools()).tools]
        assert "who" in names
        [answer] = (await session.call_tool("who", {"greeting": "Hello"})).content
    assert answer.text == "Hello ada"


def test_mcp_is_closed_to_strangers(door: Front, url: str) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    path = url.removeprefix(f"http://{door.local_host}") + "gradio_api/mcp/"
    assert door.ask(path, "POST", json=body).status_code == 401
    assert door.ask(path + "schema").status_code == 401
