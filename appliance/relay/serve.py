"""Runs the relay until it is told to end."""

import asyncio
import os
import signal
import socket
import time
from contextlib import nullcontext
from pathlib import Path

import structlog
import uvicorn

from appliance.relay.api import api
from appliance.relay.descriptors import take_all_descriptors
from appliance.relay.relay import Relay
from appliance.relay.settings import Settings
from appliance.relay.shares.book import Book
from appliance.relay.shares.keys import KeyRing
from appliance.relay.shares.registry import Registry
from appliance.relay.shares.storage import Storage, pepper

_log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises `SQLAlchemyError` if the database and `OSError` if the visitors' port cannot be used.
    """
    take_all_descriptors()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    storage = Storage.open(settings.database)
    ring = KeyRing(pepper(settings.pepper), storage.keys())
    relay = Relay(settings, Registry(Book(ring, time.time, storage.entries())), storage)
    server = _server(relay)
    try:
        await relay.open()
        listener = _listener(settings.socket)
        async with asyncio.TaskGroup() as tasks:
            answering = tasks.create_task(server.serve(sockets=[listener]))
            beside = [
                tasks.create_task(relay.follow()),
                tasks.create_task(relay.keeper.follow()),
            ]
            _log.info("relay.started", socket=str(settings.socket))
            asked = asyncio.create_task(stopped.wait())
            await asyncio.wait({asked, answering}, return_when=asyncio.FIRST_COMPLETED)
            asked.cancel()
            for task in beside:
                task.cancel()
            server.should_exit = True
            await relay.close()
    finally:
        storage.close()
        settings.socket.unlink(missing_ok=True)
    _log.info("relay.stopped")


class _Server(uvicorn.Server):
    """Signals are handled above."""

    capture_signals = nullcontext  # type: ignore[assignment]  # the same in use


def _server(relay: Relay) -> _Server:
    return _Server(
        uvicorn.Config(
            api(relay),
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
    )


def _listener(path: Path) -> socket.socket:
    """Owner and group may speak; a socket left by an earlier run is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    previous = os.umask(0o117)
    try:
        listener.bind(str(path))
    finally:
        os.umask(previous)
    listener.listen()
    return listener
