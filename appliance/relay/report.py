"""What people and programs are told of shares and keys."""

import math
from typing import Literal

from appliance.relay.model import KeyStatus, ShareStatus
from appliance.relay.rules import day_of
from appliance.relay.shares.entry import Entry
from appliance.relay.shares.keys import Key


def share_status(entry: Entry, now: float) -> ShareStatus:
    share, before, traffic = entry.share, entry.before, entry.share.traffic
    return ShareStatus(
        name=share.name,
        url=share.url,
        owner=entry.key or share.owner.partition(":")[0],
        client=entry.client,
        address=entry.address,
        state=_state(entry),
        password=share.lock is not None,
        protected=entry.sealed is not None,
        since=share.since,
        expires=share.expires,
        ending=entry.ending(now),
        seen=entry.seen,
        requests=before.requests + traffic.requests,
        open=traffic.open,
        errors=before.errors + traffic.errors,
        visitors=share.visits.visitors(day_of(now)) + share.met.count(day_of(now)),
        received=before.received + traffic.received,
        sent=before.sent + traffic.sent,
    )


def key_status(key: Key, opened: int) -> KeyStatus:
    lifetime = key.limits.lifetime
    return KeyStatus(
        name=key.name,
        made=key.made,
        used=key.used,
        revoked=key.revoked,
        shares=key.limits.shares,
        lifetime="none" if lifetime is not None and math.isinf(lifetime) else lifetime,
        requests=key.limits.requests,
        traffic=key.limits.traffic,
        total_requests=key.limits.total_requests,
        total_traffic=key.limits.total_traffic,
        connections=key.limits.connections,
        open=opened,
        password=key.password is not None,
    )


def _state(entry: Entry) -> Literal["live", "away", "expired", "ended"]:
    if entry.gone is not None:
        return entry.gone.why.value
    return "live" if entry.connected else "away"
