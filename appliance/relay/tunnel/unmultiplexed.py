"""A connection that carries one lane: upstream's clients with `tcpMux = false`."""

import asyncio

from appliance.relay.tunnel.client import Client
from appliance.relay.tunnel.connection import Connection
from appliance.relay.tunnel.greeting import Greeting
from appliance.relay.tunnel.lane import DEAF, Endpoint
from appliance.relay.tunnel.logins import Logins


class Unmultiplexed:
    """The connection's speech and its only lane at once."""

    __slots__ = ("_connection", "_heard", "_logins", "_loop", "_timer", "client", "endpoint")

    multiplexed = False
    endpoint: Endpoint

    def __init__(self, connection: Connection, logins: Logins) -> None:
        self.client: Client | None = None
        self.endpoint = Greeting(logins, connection.origin, self)
        self._connection = connection
        self._logins = logins
        self._loop = asyncio.get_running_loop()
        self._heard = True
        self._timer: asyncio.TimerHandle | None = None

    # As speech.

    def received(self, data: bytes) -> None:
        self._heard = True
        self.endpoint.received(data)

    def hold(self) -> None: ...

    def release(self) -> None:
        self.endpoint.drained()

    def lost(self) -> None:
        self._stop()
        endpoint, self.endpoint = self.endpoint, DEAF
        endpoint.lost()

    def end(self) -> None:
        self._stop()
        self._connection.close()

    # As lane.

    def send(self, data: bytes) -> int:
        self._connection.send(data)
        return self._connection.waiting if self._connection.full else 0

    def widen(self) -> None: ...

    def consumed(self, amount: int) -> None: ...

    def pause(self) -> None:
        self._connection.pause_reading()

    def resume(self) -> None:
        self._connection.resume_reading()

    def belongs(self, client: Client | None) -> None:
        self._connection.admitted()
        if client is not None:
            self.client = client
            self._listen()

    def refused(self) -> None: ...

    def abort(self) -> None:
        self.endpoint = DEAF
        self.end()

    def hang_up(self) -> None:
        self.end()

    def _listen(self) -> None:
        """Such clients send a message every half a minute."""
        client = self.client
        if client is not None and not self._heard:
            client.leave("silent", "no heartbeat came")
            return
        self._heard = False
        self._timer = self._loop.call_later(self._logins.relay.settings.idle, self._listen)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
