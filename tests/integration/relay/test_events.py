"""Readers of events at a real server: several, slow, leaving, one too many."""

import asyncio
import http.client
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.responses import Response

from appliance.listening import Server, unix
from appliance.relay.events.stream import Bounds, Events
from tests.integration.relay.events import Reader, reading
from tests.running.traefik import until

MANY = 3000
LastEventId = Annotated[str | None, Header()]


class Told:
    """A server in a thread of its own, and what it is told."""

    def __init__(self, door: Path, bounds: Bounds) -> None:
        self.door = door
        self.events: Events
        self._bounds, self._begun = bounds, threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),))

    def tell(self, count: int = 1) -> None:
        def now() -> None:
            for _ in range(count):
                self.count += 1
                event = {"event": "share.opened", "number": self.count, "text": "x" * 500}
                self.events.tell(event)

        self._loop.call_soon_threadsafe(now)

    def start(self) -> None:
        self._thread.start()
        assert self._begun.wait(60)

    def end(self) -> None:
        """As the relay ends."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._told_to_end.set)
            self._thread.join()

    async def _run(self) -> None:
        self._loop, self._told_to_end = asyncio.get_running_loop(), asyncio.Event()
        self.events, self.count = Events(bounds=self._bounds), 0
        app = FastAPI()

        @app.get("/events")
        async def _(tail: int = 0, last_event_id: LastEventId = None) -> Response:
            return self.events.answer(last_event_id, tail, follow=True)

        server = Server(app, unix(self.door), patience=60)
        serving = asyncio.create_task(server.run_until_stopped())
        self._begun.set()
        await self._told_to_end.wait()
        server.should_exit = True
        self.events.close()
        await serving


@contextmanager
def telling(folder: Path, **bounds: float) -> Iterator[Told]:
    told = Told(folder / "events.sock", Bounds(**bounds))
    told.start()
    try:
        yield told
    finally:
        told.end()


def numbers(reader: Reader) -> list[int]:
    return [event["number"] for event in reader.events]


@contextmanager
def reading_nothing(told: Told, tail: int) -> Iterator[socket.socket]:
    """A connection that has asked for events."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(told.door))
        line.sendall(b"GET /events?tail=%d HTTP/1.1\r\nHost: relay\r\n\r\n" % tail)
        until(lambda: told.events.open == 1)
        yield line


def left_behind(line: socket.socket) -> str:
    """What lies there for who begins to read at last; it breaks off, so that he knows."""
    answer = http.client.HTTPResponse(line)
    answer.begin()
    try:
        answer.read()
    except http.client.IncompleteRead as broken:
        return broken.partial.decode()
    raise AssertionError("it looks as if that had been all")


def test_all_readers_get_the_same_and_the_end(tmp_path: Path) -> None:
    with telling(tmp_path) as told:
        told.tell(3)
        with reading(told.door) as late, reading(told.door, tail=2) as early:
            told.tell(MANY)
            told.end()
            until(lambda: late.ended and early.ended)
    assert (late.ended, early.ended) == ("well", "well")
    assert numbers(late) == list(range(4, MANY + 4))
    assert numbers(early) == list(range(2, MANY + 4))


def test_a_slow_reader_is_cut_off_alone_and_goes_on_where_he_was(tmp_path: Path) -> None:
    with telling(tmp_path, patience=0.3) as told:
        told.tell(MANY)
        with reading_nothing(told, tail=MANY) as line, reading(told.door) as other:
            until(lambda: told.events.open == 1)
            told.tell()
            until(lambda: other.events)
            assert other.ended is None
            had = left_behind(line)
        # Nobody keeps more for him than fits into his connection.
        assert len(had) < 1 << 20
        last = re.findall(r"^id: (.*)$", had.rpartition("\n\n")[0], re.MULTILINE)[-1]
        first = int(last.rpartition("-")[2]) + 1
        assert 1 < first < MANY
        told.events.bounds = Bounds()
        with reading(told.door, last=last) as again:
            until(lambda: numbers(again)[-1:] == [MANY + 1])
        assert numbers(again) == list(range(first, MANY + 2))


def test_who_leaves_makes_room(tmp_path: Path) -> None:
    with telling(tmp_path) as told:
        with reading(told.door):
            until(lambda: told.events.open == 1)
        until(lambda: told.events.open == 0)


def test_a_comment_is_a_sign_of_life(tmp_path: Path) -> None:
    with telling(tmp_path, quiet=0.05) as told, reading(told.door) as reader:
        until(lambda: reader.comments > 2)
        told.tell()
        until(lambda: reader.events)
        assert reader.ended is None


def test_who_got_no_event_yet_knows_his_place(tmp_path: Path) -> None:
    with telling(tmp_path) as told:
        told.tell(5)
        with reading(told.door) as reader:
            until(lambda: reader.last)
        told.tell(2)
        with reading(told.door, last=reader.last) as again:
            until(lambda: len(again.events) == 2)
        assert (numbers(reader), numbers(again)) == ([], [6, 7])


def test_an_end_is_not_held_up_by_who_reads_nothing(tmp_path: Path) -> None:
    with telling(tmp_path, patience=0.3) as told:
        told.tell(MANY)
        with reading_nothing(told, tail=MANY):
            told.end()
    assert told.events.open == 0
