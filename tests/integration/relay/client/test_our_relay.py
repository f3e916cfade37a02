"""`appliance share` against the relay of the appliance."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from tests.integration.relay.client.command import address, app, ended, outcome, sharing
from tests.running.relay import WANTED, RelayProcess
from tests.running.until import until

RULES = {**WANTED, "who_can_share": "key"}


def visit(relay: RelayProcess, host: str) -> str:
    url = f"http://127.0.0.1:{relay.visitors}/hello"
    return httpx.get(url, headers={"Host": host}, trust_env=False, timeout=60).text


async def visitor_is_answered(relay: RelayProcess) -> None:
    told = await asyncio.to_thread(visit, relay, "chat.share.localhost")
    assert told == "you asked for /hello"


async def test_a_key_a_restart_of_the_relay_and_the_end_of_a_share(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path)
    async with app() as web, AsyncExitStack() as stack:
        arguments = (web, "--server", f"127.0.0.1:{relay.clients}")
        with relay.started():
            relay.want(RULES)
            code, _, error = await outcome(tmp_path, *arguments)
            assert code == 1
            assert "refuses: this server shares for holders of a key only" in error
            assert "APPLIANCE_SHARE_KEY" in error
            key = relay.ask("POST", "/keys", json={"name": "ada"}).json()["secret"]
            named = sharing(tmp_path, *arguments, "--name", "chat", APPLIANCE_SHARE_KEY=key)
            process = await stack.enter_async_context(named)
            assert await address(process) == "http://chat.share.localhost"
            await visitor_is_answered(relay)
        with relay.started():
            relay.want(RULES)
            await until(lambda: relay.shares()["chat"]["state"] == "live")
            await visitor_is_answered(relay)
            relay.ask("POST", "/shares/chat/kick").raise_for_status()
            code, _, error = await ended(process)
        assert code == 1
        assert "was lost" in error
        assert "at the same address" in error
        assert "has ended this share" in error
