"""Collects what the app servers of a host have counted of visits."""

import asyncio
from collections.abc import Iterable

import structlog
from pydantic import ValidationError

from appliance.apps.planning import host_word
from appliance.apps.runtime import Running, Runtime
from appliance.visits.model import Ask, Report, Reports, Told

_log = structlog.get_logger(__name__)
_AT_ONCE = 16


async def collect(runtime: Runtime, running: Iterable[Running], key: bytes, ask: Ask) -> Reports:
    """Of all instances that answer; `key` is the host's."""
    question, turns = ask.model_dump_json().encode(), asyncio.Semaphore(_AT_ONCE)

    async def of(one: Running) -> Report | None:
        async with turns:
            said = await runtime.visits(one.id, host_word(key, one.app), question)
        if said is None:
            return None
        try:
            return Report(name=one.app, told=Told.model_validate_json(said))
        except ValidationError as error:
            reason = error.errors(include_input=False, include_url=False)[0]["msg"]
            _log.warning("visits.refused", app=one.app, instance=one.id, reason=reason)
            return None

    found = await asyncio.gather(*(of(one) for one in running if one.alive))
    return Reports(reports=tuple(report for report in found if report and report.told.hours))
