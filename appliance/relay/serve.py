"""Runs the relay until it is told to end."""

import asyncio
import time

import structlog

from appliance.descriptors import take_all_descriptors
from appliance.listening import Server, first, told_to_end, unix
from appliance.relay.api import api
from appliance.relay.events.tap import tapped
from appliance.relay.relay import Relay
from appliance.relay.settings import Settings
from appliance.relay.shares.book import Book
from appliance.relay.shares.keys import KeyRing
from appliance.relay.shares.registry import Registry
from appliance.relay.shares.storage import Storage, pepper

_log = structlog.get_logger(__name__)
_LONGEST_FAREWELL = 15
"""Seconds for those who read events to read how it ends, if there is anything to wait for."""


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `SQLAlchemyError` if the database and `OSError` if the visitors' port cannot be used.
    """
    take_all_descriptors()
    told = told_to_end()
    storage = Storage.open(settings.database)
    ring = KeyRing(pepper(settings.pepper), storage.keys())
    relay = Relay(settings, Registry(Book(ring, time.time, storage.entries())), storage)
    try:
        with tapped("appliance.relay", relay.events.tell):
            await _run(relay, settings, told)
    finally:
        storage.close()
        settings.socket.unlink(missing_ok=True)
    _log.info("relay.stopped")


async def _run(relay: Relay, settings: Settings, told: asyncio.Event) -> None:
    await relay.open()
    server = Server(api(relay), unix(settings.socket), patience=_LONGEST_FAREWELL)
    async with asyncio.TaskGroup() as tasks:
        answering = tasks.create_task(server.run_until_stopped())
        beside = [tasks.create_task(relay.follow()), tasks.create_task(relay.keeper.follow())]
        _log.info("relay.started", socket=str(settings.socket))
        await first(told, answering)
        for task in beside:
            task.cancel()
        server.should_exit = True
        await relay.close()
