"""One run of the appliance in this process: from the lock to the last child's end."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence

from appliance.supervisor import leftovers
from appliance.supervisor.child import Program
from appliance.supervisor.places import Places, discard_run
from appliance.supervisor.tree import Report, Tree

Beside = Callable[[], Coroutine[None, None, None]]
"""What goes on beside the tree, such as a display; cancelled when the tree is to end."""


async def supervise(
    places: Places, programs: Sequence[Program], beside: Beside, report: Report
) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP; a second one ends everything at once."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        if stop.is_set():
            hurry.set()
        stop.set()

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, asked)
    tree = Tree(programs, places.logs, leftovers.register(places), report)
    display = asyncio.create_task(beside())
    stopping = asyncio.create_task(stop.wait())
    running = asyncio.create_task(tree.run(stop, hurry))
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        display.cancel()
        await asyncio.gather(display, return_exceptions=True)
        if not running.done():
            report("Stopping …")
        stop.set()
        stopping.cancel()
        await running
        discard_run(places)
