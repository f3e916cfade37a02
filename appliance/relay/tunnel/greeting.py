"""The first message of a lane, which says what it is for."""

from typing import Protocol

from appliance.relay.tunnel.client import Client
from appliance.relay.tunnel.lane import Lane
from appliance.relay.tunnel.logins import Logins
from appliance.relay.tunnel.origin import Origin
from appliance.relay.wire.errors import WireError
from appliance.relay.wire.framing import MessageReader
from appliance.relay.wire.messages import Login, NewWorkConn


class Greeted(Lane, Protocol):
    """A lane that wants to know how its greeting went."""

    @property
    def client(self) -> Client | None:
        """Who logged in on the same session."""

    def belongs(self, client: Client | None) -> None:
        """It is of use. `client` is who logged in on it, None for a lane for visitors."""

    def refused(self) -> None:
        """The client was told why it is not let in."""


class Greeting:
    """The endpoint of a new lane, until it is a client's control stream or for visitors."""

    __slots__ = ("_lane", "_logins", "_origin", "_reader")

    def __init__(self, logins: Logins, origin: Origin, lane: Greeted) -> None:
        self._logins = logins
        self._origin = origin
        self._lane = lane
        self._reader = MessageReader()

    def received(self, data: bytes | memoryview) -> None:
        self._lane.consumed(len(data))
        self._reader.receive_data(data)
        try:
            message = self._reader.next_message()
        except WireError:
            self._drop("no message")
            return
        match message:
            case None:
                pass
            case Login():
                self._on_login(message)
            case NewWorkConn():
                self._on_lane(message)
            case _:
                self._drop("wrong message")

    def drained(self) -> None: ...

    def lost(self) -> None: ...

    def _on_login(self, login: Login) -> None:
        lane = self._lane
        if lane.client is not None:
            self._drop("second login")
            return
        attempt = self._origin.attempt(login)
        client = self._logins.login(attempt, lane)
        if client is None:
            lane.refused()
            return
        lane.belongs(client)
        if rest := self._reader.remainder():
            client.read(rest)

    def _on_lane(self, message: NewWorkConn) -> None:
        lane = self._lane
        # On a session where nobody logged in no lane can be anybody's.
        known = lane.client is not None or not lane.multiplexed
        client = self._logins.find(message, lane.client) if known else None
        if client is None or self._reader.remainder():
            self._drop("unknown run id")
            return
        lane.belongs(None)
        client.park(lane)

    def _drop(self, reason: str) -> None:
        self._logins.relay.stats.dropped[reason] += 1
        self._lane.abort()
