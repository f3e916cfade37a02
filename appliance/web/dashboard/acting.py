"""What the dashboard's forms do; each answers where to go then."""

from typing import cast

from fastapi.responses import Response

from appliance.relay.model import Lifetime
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.machine import Relay
from appliance.web.dashboard.places import SHARES, app_page
from appliance.web.dashboard.viewing import LIFETIMES


async def deploy(caller: Caller) -> Response:
    name = caller.app
    await caller.machine.apps.act(name, "deploy")
    return _done(caller, name, "deploy")


async def restart(caller: Caller) -> Response:
    name = caller.app
    await caller.machine.apps.act(name, "restart")
    return _done(caller, name, "restart")


async def rollback(caller: Caller) -> Response:
    name, release = caller.app, caller.visit.field("to")
    await caller.machine.apps.act(name, "rollback", release or None)
    return _done(caller, name, "rollback", release)


async def kick(caller: Caller) -> Response:
    name = caller.visit.field("name")
    await _relay(caller).kick(name)
    caller.audit("share.kicked", name)
    return caller.visit.go(SHARES, done="kick")


async def extend(caller: Caller) -> Response:
    name, by = caller.visit.field("name"), caller.visit.field("by")
    if by not in LIFETIMES:
        raise RefusedError(422, "Not offered", "Choose one of the offered lifetimes.")
    lifetime = cast("Lifetime", by) if by == "none" else float(by)
    await _relay(caller).extend(name, lifetime)
    caller.audit("share.extended", name, detail=f"by {LIFETIMES[by]}")
    return caller.visit.go(SHARES, done="extend")


def _relay(caller: Caller) -> Relay:
    if caller.machine.relay is None:
        raise RefusedError(404, "Nothing is shared", "No relay runs here.")
    return caller.machine.relay


def _done(caller: Caller, name: str, verb: str, detail: str = "") -> Response:
    caller.audit(f"app.{verb}", name, name, detail)
    return caller.visit.go(app_page(name), done=verb)
