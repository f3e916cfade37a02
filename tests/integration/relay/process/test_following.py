"""Control's part beside a real relay: what the YAML says is done, also after a restart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.config.schema import Config
from appliance.control import relaying
from appliance.control.board import Board, Facts
from appliance.control.configuration import first
from appliance.control.desired import specs
from appliance.control.published import Published
from appliance.control.relay import RelayClient, RelayRefused
from appliance.control.snapshot import snapshot
from appliance.relay.model import KeyRequest, RelayStatus
from tests.running.relay import RelayProcess


class Control:
    """A board that a test writes on, followed."""

    def __init__(self, folder: Path, relay: RelayProcess) -> None:
        self.folder, self.relay = folder, relay
        self.board = Board(first(folder / "appliance.yaml", folder / "names.json"))
        self.running = ExitStack()

    def start_relay(self) -> None:
        self.running.enter_context(self.relay.started())

    async def says(self, **share: object) -> None:
        """A YAML with this `share` comes into force."""
        config = Config.model_validate({"share": share} if share.get("domain") else {})
        self.board.update(config=config, desired=specs(config, self.folder))

    async def until(self, condition: Callable[[Facts], bool]) -> RelayStatus:
        async with asyncio.timeout(120):
            await self.board.until(lambda: condition(self.board.facts))
        assert self.board.facts.relay
        return self.board.facts.relay


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    made = Control(tmp_path, RelayProcess(tmp_path))
    client = RelayClient(made.relay.socket)
    following = asyncio.create_task(relaying.follow(made.board, client, tmp_path))
    with made.running:
        yield made
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await client.close()


async def test_the_relay_does_what_the_yaml_says(control: Control, tmp_path: Path) -> None:
    await asyncio.to_thread(control.start_relay)
    await control.says()
    status = await control.until(lambda facts: facts.relay is not None)
    assert not status.listening

    await control.says(domain="share.example.org", tokens=[{"file": "token"}])
    await control.until(lambda facts: bool(facts.relay and facts.relay.listening))
    await control.until(lambda facts: bool(facts.share_secrets))
    notices = snapshot(control.board.facts, Published()).status.notices
    assert [notice.code for notice in notices] == ["secret"]
    assert "token" in notices[0].message

    known = control.board.facts.relay_connection
    control.running.close()
    # What it said last is not true of a relay that is gone.
    await control.until(lambda facts: bool(facts.relay and not facts.relay.listening))
    await asyncio.to_thread(control.start_relay)
    await control.until(lambda facts: facts.relay_connection > known)
    told = await asyncio.to_thread(control.relay.ask, "GET", "/healthz")
    assert told.json() == {"listening": True}

    await control.says()
    await control.until(lambda facts: bool(facts.relay and not facts.relay.listening))


async def test_keys_are_made_listed_and_revoked(control: Control) -> None:
    await asyncio.to_thread(control.start_relay)
    await control.says(domain="share.example.org")
    await control.until(lambda facts: bool(facts.relay and facts.relay.listening))
    client = RelayClient(control.relay.socket)
    made = await client.make_key(KeyRequest(name="lab", shares=3, lifetime="none"))
    assert made.secret not in repr(made)
    [key] = await client.keys()
    assert (key.name, key.shares, key.lifetime, key.revoked) == ("lab", 3, "none", None)
    with pytest.raises(RelayRefused, match="a key 'lab' already"):
        await client.make_key(KeyRequest(name="lab"))
    await client.revoke_key("lab")
    [key] = await client.keys()
    assert key.revoked is not None
    with pytest.raises(RelayRefused, match="no valid key 'lab'"):
        await client.revoke_key("lab")
    await client.close()


async def test_a_relay_that_is_not_there_is_told_once_it_should_be(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "_STARTING", 0.0)
    await control.says(domain="share.example.org")
    async with asyncio.timeout(60):
        await control.board.until(lambda: control.board.facts.relay_away is not None)
    facts = control.board.facts
    assert [n.code for n in snapshot(facts, Published()).status.notices] == ["relay-away"]
    without = replace(facts, config=Config())
    assert snapshot(without, Published()).status.notices == ()
