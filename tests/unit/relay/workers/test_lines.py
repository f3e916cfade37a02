"""Clients of two workers at one registry: both sides of their lines, with the real notes."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest

from appliance.relay.events.tap import Event
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.names import Dialect
from appliance.relay.registrar import Attempt, Refused, Registration
from appliance.relay.share import Share
from appliance.relay.tunnel.stats import TunnelStats
from appliance.relay.wire.messages import Login, NewProxy
from appliance.relay.workers import channel
from appliance.relay.workers.asking import Asking
from appliance.relay.workers.channel import Channel
from appliance.relay.workers.member import Member
from appliance.relay.workers.notes import (
    Counts,
    Denied,
    End,
    Growth,
    Happened,
    Registered,
    Replaced,
    Rules,
    ToWorker,
    to_worker,
)
from tests.unit.relay.shares.bench import ANYONE, TOKEN, Bench, Client


class Line:
    """A worker's tunnels at one end, its member at the other."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.member = Member(number, bench.registry, self)
        self.channel = Channel(to_worker, self._received, lambda: None)
        self.asking = Asking(self.channel.send)
        self.asking.rules = Rules(shared=True)
        self.answers: asyncio.Queue[Share | Refused | str] = asyncio.Queue()
        self.gone = asyncio.Event()
        self.events: list[Event] = []

    def ask(self, client: Client, token: str = TOKEN, **login: str) -> None:
        attempt = Attempt("203.0.113.7", None, tls=False, login=Login(**login))
        assert self.asking.login(attempt) == ("",)
        proxy = NewProxy(proxy_name=token, proxy_type="http", subdomain="random")
        registration = Registration(attempt, client.run_id, Dialect.GRADIO, proxy, "")
        self.asking.ask(registration, client, self.answers.put_nowait)

    def _received(self, note: ToWorker) -> None:
        match note:
            case Registered():
                self.asking.answered(note.way, Share(note.name, (), "", ""))
            case Denied():
                self.asking.answered(note.way, note.refused())
            case End():
                self.asking.end(note.way, note.reason)
                self.answers.put_nowait("ended")
            case Replaced():
                self.asking.replaced(note.way)
                self.answers.put_nowait("replaced")

    # As `Company`.

    def agree(self, then: Callable[[], None]) -> None:
        then()

    def reached(self, worker: int, mark: int) -> None: ...

    def drained(self, worker: int) -> None: ...

    def happened(self, event: Event) -> None:
        self.events.append(event)

    def passed(self, worker: int, shares: Sequence[Growth]) -> None: ...

    def lost(self, worker: int) -> None:
        assert worker == self.member.number
        self.gone.set()


@asynccontextmanager
async def line(bench: Bench, number: int) -> AsyncIterator[Line]:
    made, (ours, theirs) = Line(bench, number), socket.socketpair()
    await made.member.open(ours)
    await made.channel.open(theirs)
    async with asyncio.timeout(60):
        yield made
        await made.channel.close()
        await made.gone.wait()


async def test_a_client_that_returns_to_another_worker_replaces_itself(bench: Bench) -> None:
    old, new = Client(), Client()
    async with line(bench, 0) as first, line(bench, 1) as second:
        first.ask(old)
        assert isinstance(await first.answers.get(), Share)
        second.ask(new, run_id=old.run_id)
        assert isinstance(await second.answers.get(), Share)
        assert await first.answers.get() == "replaced"
        assert (old.superseded, old.ended) == (True, [])
        first.asking.closed(old)
        second.ask(Client(), "another")
        await second.answers.get()
        assert bench.registry.connected == 2


async def test_a_share_that_is_opened_elsewhere_is_ended(bench: Bench) -> None:
    old, new = Client(), Client()
    async with line(bench, 0) as first, line(bench, 1) as second:
        first.ask(old)
        await first.answers.get()
        second.ask(new)
        assert isinstance(await second.answers.get(), Share)
        assert await first.answers.get() == "ended"
        assert len(old.ended) == 1


async def test_limits_count_all_workers(bench: Bench) -> None:
    bench.book.apply(replace(ANYONE, per_address=1))
    async with line(bench, 0) as first, line(bench, 1) as second:
        first.ask(Client())
        await first.answers.get()
        second.ask(refused := Client(), "another")
        answer = await second.answers.get()
        assert isinstance(answer, Refused)
        assert (answer.reason, bench.registry.connected) == ("limit", 1)
        with pytest.raises(KeyError):
            second.asking.closed(refused)


async def test_a_client_that_leaves_before_the_answer_gets_none(bench: Bench) -> None:
    client = Client()
    async with line(bench, 0) as first:
        first.ask(client)
        first.asking.closed(client)
        first.ask(Client(), "another")
        answer = await first.answers.get()
        assert isinstance(answer, Share)
        assert first.answers.empty()
        assert bench.registry.connected == 1


async def test_what_a_worker_had_is_away_when_it_ends(bench: Bench) -> None:
    async with line(bench, 0) as first:
        first.ask(Client())
        await first.answers.get()
        assert bench.registry.connected == 1
    assert bench.registry.connected == 0


async def test_what_a_worker_counted_last_is_read_though_the_relay_still_writes(
    bench: Bench,
) -> None:
    made, (ours, theirs) = Line(bench, 0), socket.socketpair()
    await made.channel.open(theirs)
    counts = Counts(day=0, shares=(), tunnel=TunnelStats(logins=7), gateway=GatewayStats())
    made.channel.send(counts)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(made.channel.close())
        await asyncio.sleep(0.1)
        # Told before the relay has looked what the worker had to say.
        await made.member.open(ours)
        made.member.send(End(way=1, reason="another client"))
        await made.gone.wait()
    assert made.member.tunnel.logins == 7


async def test_what_a_worker_logs_comes_in_the_order_of_what_it_does(bench: Bench) -> None:
    client = Client()
    async with line(bench, 0) as first:
        first.ask(client)
        await first.answers.get()
        told = {"event": "tunnel.opened", "share": "chat", "worker": 0, "tls": False}
        first.channel.send(Happened(event=told))
    assert first.events == [told]


async def test_that_nobody_reads_a_line_is_said_once_also_over_that_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is logged is sent as well, and it must not be tried again for being logged."""
    ours, theirs = socket.socketpair()
    ended = asyncio.Event()
    made = Channel(to_worker, lambda _note: None, ended.set)
    await made.open(ours)
    said: list[str] = []

    def log(event: str) -> None:
        said.append(event)
        made.send(End(way=1, reason=event))

    monkeypatch.setattr(channel, "_log", SimpleNamespace(error=log))
    monkeypatch.setattr(channel, "_MOST", 1 << 20)
    made.send(End(way=1, reason="x" * (4 << 20)))
    async with asyncio.timeout(60):
        await ended.wait()
    assert said == ["relay.worker_stuck"]
    theirs.close()


def test_nothing_is_shared_without_rules() -> None:
    asking = Asking(lambda _note: None)
    with pytest.raises(Refused) as refused:
        asking.login(Attempt("203.0.113.7", None, tls=False, login=Login()))
    assert refused.value.reason == "off"
