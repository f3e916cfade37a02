"""The app on this machine, and whether it takes connections."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from appliance.relay.client.pipe import Pipe

DIAL_TIMEOUT = 10.0
"""Seconds, as in Gradio's client."""

_FAILURES = (OSError, UnicodeError)
"""A timeout is one of the former; the latter is a host that no resolver can be asked for."""


@dataclass(slots=True)
class App:
    """`report` hears once when the app is found closed and once when it answers again."""

    host: str
    port: int
    report: Callable[[str], None]
    answers: bool = field(default=True, init=False)

    async def dial(self, pipe: Pipe) -> bool:
        """Connect a visitor; False if the app takes no connection."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(DIAL_TIMEOUT):
                await loop.create_connection(lambda: pipe, self.host, self.port)
        except _FAILURES as error:
            self._changed(answers=False, why=_why(error))
            return False
        self._changed(answers=True)
        return True

    async def look(self) -> None:
        """Say at once if nothing listens, without a visitor."""
        try:
            async with asyncio.timeout(DIAL_TIMEOUT):
                _, writer = await asyncio.open_connection(self.host, self.port)
        except _FAILURES as error:
            self._changed(answers=False, why=_why(error))
        else:
            writer.close()

    def _changed(self, *, answers: bool, why: str = "") -> None:
        if answers == self.answers:
            return
        self.answers = answers
        if answers:
            self.report(f"The app on {self.host}:{self.port} answers again.")
        else:
            self.report(
                f"The app on {self.host}:{self.port} takes no connections ({why}): "
                "visitors see an error page until it does."
            )


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return "that is no name of a machine"
    return error.strerror or "no answer"
