"""What happens at the relay, as it is told there: read through its restarts, one line each."""

import errno
import json
import select
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import httpx
from rich.console import Console

from appliance.cli import _sockets as sockets
from appliance.cli._errors import BrokenOffError, NotRunningError
from appliance.logging import harmless

_AGAIN = 1.0
"""Seconds between two looks whether the relay is there again."""
_QUIET = 60.0
"""Seconds without even a sign of life."""
_OF_THE_HEAD = frozenset({"event", "timestamp", "level", "name", "share"})


def told(file: Path, tail: int, *, follow: bool) -> Iterator[dict[str, Any]]:
    """Of those that were, so many; with `follow` all that come, also after the relay has restarted.

    Raises `CliError` if it does not answer the first time.
    """
    reading = _Reading(tail, follow=follow)
    while True:
        try:
            with sockets.relay(file) as client:
                yield from reading.events(client)
        except (NotRunningError, BrokenOffError):
            if not follow or reading.last is None:
                raise
        if not follow:
            return
        reading.say_that_it_is_away()
        time.sleep(_AGAIN)


class _Reading:
    """One reader over all his connections."""

    def __init__(self, tail: int, *, follow: bool) -> None:
        self.last: str | None = None
        """The id of the event that was read last, or of the place where it begins."""
        self._parameters = {"tail": str(tail), "follow": "true" if follow else "false"}
        self._away = False

    def events(self, client: httpx.Client) -> Iterator[dict[str, Any]]:
        headers = {"Last-Event-ID": self.last} if self.last else {}
        quiet = httpx.Timeout(30, read=_QUIET)
        with client.stream(
            "GET", "/events", params=self._parameters, headers=headers, timeout=quiet
        ) as answer:
            if answer.is_error:
                answer.read()
                sockets.answer(answer)
            self._away = False
            for line in answer.iter_lines():
                field, _, value = line.partition(": ")
                if field == "id":
                    self.last = value
                elif field == "data":
                    yield json.loads(value)
                elif field == "" and value and nobody_reads(sys.stdout):
                    raise BrokenPipeError(errno.EPIPE, "nobody reads on")

    def say_that_it_is_away(self) -> None:
        if not self._away:
            self._away = True
            Console(stderr=True).print("The relay is away; waiting for it to come back.")


def nobody_reads(output: TextIO) -> bool:
    """Whether it is a pipe that was closed at its other end, as by `| grep -m 1`."""
    if sys.platform == "win32":
        return False
    looking = select.poll()
    looking.register(output.fileno(), 0)
    return bool(looking.poll(0))


def in_words(event: Mapping[str, Any]) -> str:
    """When, what, with which share or key, and all else that is known."""
    name = str(event["event"])
    if name == "lost":
        missed = event["missed"]
        if missed is None:
            return "The relay was started anew; if anything is missing here, its log has it."
        return (
            f"{missed} of the events before this cannot be told any more; the relay's log has them."
        )
    when = datetime.fromisoformat(event["timestamp"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    of = event.get("name") or event.get("share") or ""
    known = (
        f"{key}={_value(key, value)}"
        for key, value in event.items()
        if key not in _OF_THE_HEAD and value is not None
    )
    return harmless(" ".join(filter(None, (when, f"{name:<18}", str(of), *known))))


def _value(key: str, value: object) -> str:
    if key == "expires" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value).astimezone().strftime("%Y-%m-%dT%H:%M:%S")
    text = str(value)
    plain = text.isprintable() and " " not in text and text
    return text if plain else json.dumps(text, ensure_ascii=False)
