"""Run by the relay, with a worker's place as arguments."""

import asyncio
import os
import sys

import structlog

from appliance.descriptors import take_all_descriptors
from appliance.logging import configure
from appliance.relay.settings import from_environment
from appliance.relay.workers.worker import Place, Worker


async def main() -> None:
    place = Place(*map(int, sys.argv[1:]))
    structlog.contextvars.bind_contextvars(worker=place.number)
    await Worker(from_environment(os.environ), place).run()


configure()
take_all_descriptors()
if sys.platform == "win32":
    asyncio.run(main())
else:
    import uvloop

    uvloop.run(main())
