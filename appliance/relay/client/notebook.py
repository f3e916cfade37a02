"""A share as a context manager, for notebooks and scripts: it lives in a thread of its own."""

import asyncio
import logging
import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from appliance.relay.client.keeping import Reports, keep
from appliance.relay.client.offer import Offer
from appliance.relay.client.relay import relay
from appliance.relay.client.tokens import folder, kept, named, protected


@contextmanager
def share(  # noqa: PLR0913 - the words of the command line
    port: int,
    server: str,
    *,
    name: str = "",
    key: str = "",
    password: str = "",
    tls: bool | None = None,
    ca: Path | None = None,
) -> Iterator[str]:
    """Publish the app on `port` of this machine inside the block; gives the public URL.

    Visitors are asked for the `password`, if there is one.

    Raises `RelayError` if the relay cannot be reached or refuses, ValueError for a bad name.
    """
    where = relay(server, tls=tls, ca=ca)
    app = f"127.0.0.1:{port}"
    own = named(name, key) if name else kept(folder(os.environ), str(where), app)
    token = protected(own, password)
    urls: list[str] = []
    decided = threading.Event()

    def online(url: str) -> None:
        urls.append(url)
        decided.set()

    reports = Reports(online, logging.getLogger(__name__).warning)
    with _loop() as loop:
        keeping = asyncio.run_coroutine_threadsafe(
            keep(where, Offer(token), "127.0.0.1", port, reports), loop
        )
        keeping.add_done_callback(lambda _: decided.set())
        decided.wait()
        if keeping.done():
            keeping.result()
        yield urls[0]


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop beside the notebook's own; all its tasks have ended afterwards."""
    made: Future[asyncio.AbstractEventLoop] = Future()
    thread = threading.Thread(target=_run, args=(made,), name="share", daemon=True)
    thread.start()
    loop = made.result()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_end_others(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


def _run(made: "Future[asyncio.AbstractEventLoop]") -> None:
    # Made here: on Windows a loop made in the main thread takes Ctrl-C from the notebook's own.
    try:
        loop = asyncio.new_event_loop()
    except OSError as error:
        made.set_exception(error)
        return
    made.set_result(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _end_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
