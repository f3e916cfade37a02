"""A reader of events who takes apart what comes, and keeps it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

import httpx


class Reader:
    """What he has read so far, each with its id."""

    def __init__(self) -> None:
        self.last = ""
        self.events: list[dict[str, Any]] = []
        self.comments = 0
        self.ended: str | None = None
        """How; None: he still reads."""

    @property
    def names(self) -> list[str]:
        return [event["event"] for event in self.events]

    def seen(self, *names: str) -> bool:
        """Whether all of these have come."""
        return set(names) <= set(self.names)

    def read(self, lines: Iterator[str]) -> None:
        name = ""
        for line in lines:
            field, _, value = line.partition(": ")
            match field:
                case "id":
                    self.last = value
                case "event":
                    name = value
                case "data":
                    event = json.loads(value)
                    assert event["event"] == name
                    self.events.append(event)
                case "":
                    self.comments += bool(value)


@contextmanager
def reading(socket: Path, *, last: str = "", tail: int = 0) -> Iterator[Reader]:
    """From now on, in a thread of his own, until the stream ends or he leaves."""
    reader, headers = Reader(), {"Last-Event-ID": last} if last else {}
    transport = httpx.HTTPTransport(uds=str(socket))
    with httpx.Client(transport=transport, base_url="http://relay", timeout=60) as client:
        answer = client.send(
            client.build_request("GET", f"/events?tail={tail}", headers=headers), stream=True
        )
        assert answer.status_code == httpx.codes.OK
        assert answer.headers["content-type"].startswith("text/event-stream")

        def read() -> None:
            try:
                reader.read(answer.iter_lines())
                reader.ended = "well"
            except (httpx.HTTPError, httpx.StreamError) as error:
                reader.ended = type(error).__name__

        thread = threading.Thread(target=read)
        thread.start()
        try:
            yield reader
        finally:
            leave(answer)
            thread.join()
            answer.close()


def leave(answer: httpx.Response) -> None:
    """Hang up, which also wakes whoever reads."""
    line = answer.extensions["network_stream"].get_extra_info("socket")
    with suppress(OSError):  # it has ended
        line.shutdown(SHUT_RDWR)
