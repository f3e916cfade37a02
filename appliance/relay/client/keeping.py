"""Keeps one share alive: connects, comes back after every loss, gives up only when told to."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from appliance.relay.client.app import App
from appliance.relay.client.backoff import BackOff
from appliance.relay.client.connection import Connection, Ending, How
from appliance.relay.client.failures import RelayError
from appliance.relay.client.offer import Offer
from appliance.relay.client.relay import DEFAULT_PORT, Relay
from appliance.relay.names import KEYS_ONLY

NO_RELAY = (
    "Check the port: shares do not use that of the web pages but, unless the operator chose "
    f"another, {DEFAULT_PORT}."
)

KEY_NEEDED = (
    "Ask its operator for a key (`scripts/appliance keys create NAME` there makes one); then put "
    "it into the environment as APPLIANCE_SHARE_KEY, or into a file for --key-file, and choose a "
    "--name."
)


@dataclass(frozen=True, slots=True)
class Reports:
    """Who hears what happens; each call is one line for a person."""

    online: Callable[[str], None]
    """The public URL, once, and again only if it ever changes."""
    event: Callable[[str], None]


async def keep(relay: Relay, offer: Offer, host: str, port: int, reports: Reports) -> None:
    """Publish the app until cancelled. RelayError if the relay refuses or ends the share."""
    app = App(host, port, reports.event)
    await app.look()
    await _Keeper(relay, offer, app, reports).run()


class _Keeper:
    def __init__(self, relay: Relay, offer: Offer, app: App, reports: Reports) -> None:
        self._relay = relay
        self._offer = offer
        self._app = app
        self._reports = reports
        self._run_id = ""
        self._url = ""
        self._lost_at: float | None = None
        self._complaint = ""

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        back_off = BackOff()
        while True:
            online_for = 0.0
            try:
                connection = Connection(self._offer, self._run_id, self._app)
                await self._relay.connect(connection)
                try:
                    online_for = await self._serve(connection)
                finally:
                    connection.close()
            except RelayError as error:
                if not self._url:
                    raise
                self._complain(error.summary)
            if online_for:
                self._lost_at = loop.time()
            pause, back_off = back_off.after(online_for, random.random())  # noqa: S311
            await asyncio.sleep(pause)

    async def _serve(self, connection: Connection) -> float:
        """Seconds online. RelayError if the relay does not take the share."""
        loop = asyncio.get_running_loop()
        futures = (connection.online, connection.ended)
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
        if not connection.online.done():
            raise self._failed(connection.ended.result())
        began = loop.time()
        self._run_id = connection.run_id
        self._announce(connection.online.result())
        # Not awaited itself: who cancels this task must not cancel the connection's future.
        await asyncio.wait((connection.ended,))
        ending = connection.ended.result()
        if ending.how is How.DISMISSED:
            raise self._dismissed(ending.text)
        self._complain(f"The connection to {self._relay} was lost ({ending.text}); trying again.")
        return max(loop.time() - began, 0.001)

    def _announce(self, url: str) -> None:
        if self._lost_at is not None:
            away = asyncio.get_running_loop().time() - self._lost_at
            same = "at the same address" if url == self._url else "at another address"
            self._reports.event(f"Back after {away:.1f} s, {same}.")
        if url != self._url:
            self._url = url
            self._reports.online(url)
        self._complaint = ""
        self._lost_at = None

    def _complain(self, text: str) -> None:
        # Hours of an outage are one line, not one a try.
        if text != self._complaint:
            self._reports.event(text)
            self._complaint = text

    def _failed(self, ending: Ending) -> RelayError:
        match ending.how:
            case How.REFUSED:
                return self._refused(ending.text)
            case How.DISMISSED:
                return self._dismissed(ending.text)
            case How.STRANGE:
                return RelayError(f"{self._relay} is no relay ({ending.text}).", NO_RELAY)
            case How.LOST:
                return RelayError(f"{self._relay} hung up ({ending.text}).", NO_RELAY)

    def _refused(self, text: str) -> RelayError:
        remedy = KEY_NEEDED if KEYS_ONLY in text else ""
        return RelayError(f"{self._relay} refuses: {text}", remedy)

    def _dismissed(self, text: str) -> RelayError:
        self._url = ""
        if text:
            return self._refused(text)
        return RelayError(
            f"{self._relay} has ended this share: it expired, its operator ended it, or another "
            "client shares the same app.",
            "Start again for a new one; --new takes another address.",
        )
