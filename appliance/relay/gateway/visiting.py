"""The visitor's connection, as an exchange uses it."""

import asyncio
from typing import Protocol

from appliance.relay.gateway.answers import Kind


class Visiting(Protocol):
    """Waits for one exchange to end before the next one begins."""

    transport: asyncio.Transport
    peer: bytes
    """The address it comes from."""
    trusted: bool
    """Whether that is our proxy."""
    blocked: bool
    """Whether the visitor takes no more at the moment."""

    def hold(self) -> None:
        """Read no more from the visitor."""

    def release(self) -> None:
        """Read on."""

    def finished(self, rest: bytes, *, keep_alive: bool, read_all: bool) -> None:
        """The response is complete.

        `rest` came after the request; `read_all`: the request came to its end too.
        """

    def failed(self, kind: Kind, rest: bytes, *, read_all: bool) -> None:
        """There is no response, and none has begun."""

    def refused(self, reason: str) -> None:
        """The request turned out to be none, and no response has begun."""

    def upgraded(self) -> bytes:
        """No more HTTP from here on: what the visitor sends goes on as it is.

        Returns what came already.
        """
