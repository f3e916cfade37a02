"""What each page shows: facts in, values for its template out."""

import time
from datetime import UTC, datetime
from typing import Any

from appliance.amounts import size
from appliance.auth.forward.policy import Ruling, rule
from appliance.config.access import access
from appliance.relay.model import ShareStatus
from appliance.web.account.showing import moment
from appliance.web.account.visit import with_query
from appliance.web.cards import cards, matching, query_of, searched
from appliance.web.dashboard.apps import path_of, releases, row, rows, status_of
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.certificates import name_rows, soonest
from appliance.web.dashboard.keys import own_keys
from appliance.web.dashboard.places import SHARES
from appliance.web.dashboard.sharing import recipe, share_rows
from appliance.web.dashboard.visits import sparkline
from appliance.web.dashboard.wording import LIFETIMES, access_words, limit_words, page_number

Values = dict[str, Any]
SHOWN = 50
"""Shares on a page: what the longest names make of them stays below 100 kB."""
SEARCHED = 20
"""Shares beyond which there is a field to search them."""


async def overview(caller: Caller) -> Values:
    """For somebody who does not administer: what he may open."""
    if not caller.administers:
        return {"cards": [c for c in cards(caller.now) if _may_open(caller, c.name)]}
    now, status = datetime.now(UTC), caller.now.status
    every, shares = rows(caller.now, now), status.relay
    query = query_of(caller.visit.request.query_params)
    found = {one.name for one in matching((row.card for row in every), query)}
    shown = tuple(row for row in every if row.card.name in found)
    return {
        "rows": shown,
        "known": len(every),
        "failed": [row.card.name for row in every if row.card.state == "failed"],
        "query": query,
        "searched": searched(query, len(every)),
        "paths": {one.card.name: path_of(caller.now, one.card.name) for one in shown},
        "sparks": {
            name: sparkline(caller.machine.visits, "app", name) for name in caller.config.apps
        },
        "notices": status.notices,
        "config": status.config,
        "routes": status.routes,
        "working": sum(one.phase.value == "live" for one in every),
        "shares": shares.connected if shares and caller.config.share else None,
        "days": soonest(status.certificates, now),
    }


async def app(caller: Caller) -> Values:
    name = caller.app
    status, limit = status_of(caller.now, name), _memory_limit(caller, name)
    return {
        "row": row(caller.now, name, datetime.now(UTC)),
        "problem": status.problem,
        "ended": status.ended.problem if status.ended else None,
        "ended_at": moment(status.ended.at.timestamp()) if status.ended else "",
        "releases": releases(status),
        "instances": status.instances,
        "where": path_of(caller.now, name),
        "access": access_words(caller.config, name),
        "limits": limit_words(caller.config, name),
        "memory_limit": limit,
        "memory_words": size(limit) if limit else "",
        "building": status.phase.value == "building",
        "spark": sparkline(caller.machine.visits, "app", name),
    }


async def shares(caller: Caller) -> Values:
    known, asked = await seen_shares(caller), caller.visit.request.query_params
    past, query = asked.get("past") == "yes", asked.get("q", "")[:100].strip()
    rows = share_rows(known, time.time(), past=past, query=query)
    # Shares end while somebody reads on: what was the last page may be none any more.
    pages = max(1, -(-len(rows) // SHOWN))
    number = min(page_number(asked.get("page", "")), pages)
    shown = rows[(number - 1) * SHOWN : number * SHOWN]
    same = {**({"past": "yes"} if past else {}), **({"q": query} if query else {})}
    return {
        "shares": shown,
        "sparks": {row.name: sparkline(caller.machine.visits, "share", row.name) for row in shown},
        "number": number,
        "pages": pages,
        "newer": with_query(SHARES, {**same, "page": str(number - 1)}) if number > 1 else "",
        "older": with_query(SHARES, {**same, "page": str(number + 1)}) if number < pages else "",
        "found": len(rows),
        "query": query,
        "searched": bool(query) or len(rows) > SEARCHED,
        "past": past,
        "gone": sum(one.over for one in known),
        "of": sum(past or not one.over for one in known),
        "lifetimes": LIFETIMES,
    }


async def sharing(caller: Caller) -> Values:
    relay = caller.now.status.relay
    found = recipe(caller.config, tls=relay is not None and relay.tls)
    keys = await caller.relay.keys() if found and found.needs_key and caller.machine.relay else ()
    return {"recipe": found, "own_keys": sorted(own_keys(caller.visit.person, keys))}


async def certificates(caller: Caller) -> Values:
    status = caller.now.status.certificates
    return {
        "certificates": status,
        "names": name_rows(status, datetime.now(UTC)),
        "orders": status.mode == "certbot",
        "next_order": moment(status.next_order.timestamp()) if status.next_order else "",
    }


def _memory_limit(caller: Caller, name: str) -> int | None:
    """Bytes that all instances together may use."""
    app = caller.config.apps[name]
    return app.limits.memory * app.replicas if app.limits.memory else None


async def seen_shares(caller: Caller) -> tuple[ShareStatus, ...]:
    """Those that are the caller's; all for an administrator."""
    relay = caller.machine.relay
    known = (await relay.shares()).shares if relay and caller.config.share else ()
    if caller.administers or not known:
        return known
    mine = own_keys(caller.visit.person, await caller.relay.keys())
    return tuple(one for one in known if one.owner in mine)


def _may_open(caller: Caller, name: str) -> bool:
    ruling = rule(access(caller.config, name))(caller.visit.person)
    return ruling is Ruling.ADMITTED
