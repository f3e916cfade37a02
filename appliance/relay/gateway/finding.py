"""Who answers a request: the app of a share, the one who asks for its password, or the gateway."""

from dataclasses import dataclass

from appliance.relay.gateway.answers import Kind
from appliance.relay.gateway.asking import Asking, address_of, brings_password
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.gateway.exchange import Exchange
from appliance.relay.gateway.forwarding import guarded
from appliance.relay.gateway.request import Request
from appliance.relay.gateway.visiting import Visiting
from appliance.relay.share import Share

_GONE = {Why.EXPIRED: Kind.EXPIRED, Why.ENDED: Kind.ENDED}


@dataclass(frozen=True, slots=True)
class Own:
    """The gateway itself answers."""

    kind: Kind
    since: float | None = None
    """Unix time from which on it is so, if that is known."""


def find(context: Context, visitor: Visiting, request: Request) -> Exchange | Asking | Own:
    """Counts the request among those of its share and of its address."""
    found = context.directory.find(request.name, request.path)
    if isinstance(found, Share):
        return _at_share(context, visitor, request, found)
    if isinstance(found, Gone):
        return Own(_GONE[found.why], found.at)
    return Own(Kind.UNKNOWN)


def _at_share(
    context: Context, visitor: Visiting, request: Request, share: Share
) -> Exchange | Asking | Own:
    lock = share.lock
    if lock is not None and brings_password(request, lock):
        return Asking(context.guesses, visitor, share.name, lock, request)
    kind = _reason_against(context, visitor, request, share)
    upstream = share.upstream
    if kind is None and upstream is not None:
        return Exchange(context, visitor, share, upstream, request)
    share.traffic.errors += 1
    return Own(kind or Kind.DISCONNECTED)


def _reason_against(
    context: Context, visitor: Visiting, request: Request, share: Share
) -> Kind | None:
    """Why a share that exists is not asked."""
    lock, options, guesses = share.lock, share.options, context.guesses
    if lock is not None or guarded(options):
        address = address_of(request, visitor)
        kind = guesses.reason_against(lock, share.name, address, request) if lock else None
        if kind is None and guarded(options):
            shown = request.authorization
            kind = guesses.reason_against_basic(options, share.name, address, shown)
        if kind is not None:
            return kind
    if share.allowance is not None and not share.allowance.take(context.loop.time()):
        return Kind.SPENT if share.spent else Kind.BUSY
    if share.traffic.open >= context.settings.per_share:
        return Kind.CROWDED
    return _beyond_joint_limit(context, share) if share.joint_limits else None


def _beyond_joint_limit(context: Context, share: Share) -> Kind | None:
    """Why its owner's shares, or all of them, take no more at the moment."""
    now = context.loop.time()
    for limit in share.joint_limits:
        if limit.full:
            return Kind.CROWDED
        if not limit.take(now):
            return Kind.BUSY
    return None
