"""What the dashboard's forms do; each answers where to go then."""

import math
from datetime import timedelta
from typing import cast

from fastapi.responses import Response

from appliance.amounts import span
from appliance.certs.model import Origin
from appliance.certs.status import NameStatus
from appliance.config.schema import Config
from appliance.config.secrets import SecretError
from appliance.relay.model import KeyStatus, Lifetime
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.confirming import Question
from appliance.web.dashboard.keys import own_keys
from appliance.web.dashboard.places import CERTIFICATES, SHARES, app_page
from appliance.web.dashboard.wording import LIFETIMES


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
    await steered(caller, name)
    await caller.relay.kick(name)
    caller.audit("share.kicked", name)
    return caller.visit.go(SHARES, done="kick")


async def extend(caller: Caller) -> Response:
    name, by = caller.visit.field("name"), caller.visit.field("by")
    if by not in LIFETIMES:
        raise RefusedError(422, "Not offered", "Choose one of the offered lifetimes.")
    await steered(caller, name)
    lifetime = cast("Lifetime", by) if by == "none" else float(by)
    if not caller.administers:
        await _within(caller, name, math.inf if by == "none" else float(by))
    await caller.relay.extend(name, lifetime)
    caller.audit("share.extended", name, detail=f"by {LIFETIMES[by]}")
    return caller.visit.go(SHARES, done="extend")


async def renew(caller: Caller) -> Response:
    if caller.now.status.certificates.mode != "certbot":
        text = "There is nobody to ask: `tls.mode` is not `certbot`."
        raise RefusedError(409, "Nobody to ask", text)
    caller.machine.certificates.renew()
    caller.audit("certificate.renewal-asked")
    return caller.visit.go(CERTIFICATES, done="renew")


def ask_revoke(caller: Caller) -> Question:
    return Question(
        f"Revoke the certificate of {_ordered(caller).name}?",
        "Its authority tells the world that the key is no longer yours alone; another certificate "
        "is ordered at once. Do it when a key was stolen, and for no other reason.",
        "Revoke it",
        CERTIFICATES,
    )


async def revoke(caller: Caller) -> Response:
    one = _ordered(caller)
    try:
        refused = await caller.machine.certificates.revoke(str(one.fingerprint))
    except (KeyError, SecretError, OSError) as error:
        raise RefusedError(409, "That did not work", str(error)) from None
    if refused is not None:
        raise RefusedError(409, "That did not work", f"{refused.message} {refused.remedy}")
    caller.audit("certificate.revoked", one.name)
    return caller.visit.go(CERTIFICATES, done="revoke")


def _ordered(caller: Caller) -> NameStatus:
    name = caller.visit.field("name")
    for one in caller.now.status.certificates.names:
        if one.name == name and one.origin is Origin.CERTBOT:
            return one
    raise RefusedError(404, "No such certificate", "Certbot ordered none for this name.")


async def steered(caller: Caller, name: str) -> None:
    """Administrators steer every share, others their own. Raises `RefusedError`."""
    if caller.administers:
        return
    mine = own_keys(caller.visit.person, await caller.relay.keys())
    shares = (await caller.relay.shares()).shares
    if not any(share.name == name and share.owner in mine for share in shares):
        raise RefusedError(403, "For administrators", "This share is not yours.")


async def _within(caller: Caller, name: str, by: float) -> None:
    """Raises `RefusedError` where a share would live longer than one begun now with its key."""
    share = next(one for one in (await caller.relay.shares()).shares if one.name == name)
    key = next(one for one in await caller.relay.keys() if one.name == share.owner)
    now, longest = caller.visit.parts.door.clock(), _longest(caller.config, key)
    if max(now, share.expires or now) + by > now + longest:
        raise RefusedError(
            403,
            "Longer than your key allows",
            f"What is shared with it ends {span(timedelta(seconds=longest))} from now at the "
            "latest. Whoever looks after the appliance can extend it further.",
        )


def _longest(config: Config, key: KeyStatus) -> float:
    """Seconds that what is shared with a key may live."""
    said = config.share.expires if config.share and key.lifetime is None else key.lifetime
    if isinstance(said, timedelta):
        return said.total_seconds()
    return said if isinstance(said, float) else math.inf


def _done(caller: Caller, name: str, verb: str, detail: str = "") -> Response:
    caller.audit(f"app.{verb}", name, name, detail)
    return caller.visit.go(app_page(name), done=verb)
