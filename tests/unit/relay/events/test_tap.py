"""What the log is told is an event, if it is one."""

import asyncio
import logging

from appliance.relay.events.tap import Event, tapped


async def test_events_of_a_logger_and_those_below_it_are_told_without_what_is_the_logs_alone():
    told: list[Event] = []
    below = logging.getLogger("below.here")
    below.setLevel(logging.INFO)
    with tapped("below", told.append):
        below.info({"event": "share.opened", "name": "chat", "logger": "below.here"})
        below.info("a library's sentence")
        logging.getLogger("beside").error({"event": "other"})
        below.error({"event": "trouble", "exc_info": True, "reason": OSError("no room")})
    below.info({"event": "share.away"})
    opened, trouble = told
    assert opened == {"event": "share.opened", "name": "chat"}
    assert trouble == {"event": "trouble", "reason": "no room"}


async def test_what_another_thread_tells_arrives_on_the_loop():
    told: asyncio.Queue[Event] = asyncio.Queue()
    with tapped("threads", told.put_nowait):
        logger = logging.getLogger("threads")
        await asyncio.to_thread(logger.warning, {"event": "share.away"})
        async with asyncio.timeout(60):
            assert await told.get() == {"event": "share.away"}
