"""Clients that sleep, or whose network swallows all: given up, and back by themselves."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from appliance.relay.client.keeping import Reports, keep
from appliance.relay.client.offer import Offer
from appliance.relay.client.relay import Relay
from appliance.relay.upstream import AppAway
from appliance.relay.wire.yamux import session
from appliance.relay.wire.yamux.limits import Limits
from tests.integration.relay.cable import cable
from tests.integration.relay.served import TOKEN, Served, served, until

pytestmark = pytest.mark.timeout(300)
QUICK = replace(Limits(), ping_interval=0.5, ping_timeout=2.0)
"""As always, but for the times."""
WHEN_ASKED = replace(Limits(), ping_interval=3600.0, ping_soon=0.5, ping_timeout=2.0)


@pytest.fixture
async def relay(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Served]:
    limits = getattr(request, "param", QUICK)
    monkeypatch.setattr(session, "Limits", lambda: limits)
    async with served() as relay:
        yield relay


@pytest.mark.parametrize("relay", [QUICK, WHEN_ASKED], indirect=True, ids=["in turn", "asked"])
async def test_a_laptop_that_sleeps_is_given_up_and_back_when_it_wakes(relay: Served) -> None:
    async with relay.share() as client:
        visitor = await relay.visitor()
        client.send_signal(signal.SIGSTOP)
        try:
            visitor.ask("/hello")
            await until(lambda: relay.listener.stats.clients == 0)
            # Whoever waited for it is told; nobody waits for the laptop to wake up.
            await visitor.ended.wait()
        finally:
            client.send_signal(signal.SIGCONT)
        await until(lambda: relay.registry.closures != [] and relay.listener.stats.logins >= 2)
        while not await _answered(relay):  # noqa: ASYNC110 - as `until` waits
            await asyncio.sleep(0.1)
        assert client.returncode is None


async def _answered(relay: Served) -> bool:
    """A client that has just woken up may come, go and come again."""
    with suppress(AssertionError, AppAway, TimeoutError):
        async with asyncio.timeout(5):
            return await (await relay.visitor()).get("/back") == b"you asked for /back"
    return False


async def test_our_client_notices_a_network_that_swallows_everything(relay: Served) -> None:
    urls: list[str] = []
    lines: list[str] = []
    async with cable(relay.port) as wire:
        where = Relay("127.0.0.1", wire.port, tls=False)
        reports = Reports(urls.append, lines.append)
        keeping: asyncio.Task[Any] = asyncio.create_task(
            keep(where, Offer(TOKEN), "127.0.0.1", relay.app_port, reports)
        )
        try:
            await until(lambda: urls != [])
            assert await (await relay.visitor()).get("/first") == b"you asked for /first"
            wire.swallow()
            await until(lambda: relay.listener.stats.logins >= 2)
            await until(lambda: any(line.startswith("Back after") for line in lines))
            assert len(urls) == 1
            assert "at the same address" in lines[-1]
            assert await (await relay.visitor()).get("/back") == b"you asked for /back"
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
