"""Which limits hold for a share: its key's, where it has any, else those of the YAML. Pure."""

from collections.abc import Iterator

from appliance.relay.joint import IN_ALL, Terms
from appliance.relay.rules import Rules
from appliance.relay.shares.keys import Key, KeyLimits

_NONE = KeyLimits()


def requests(rules: Rules, key: Key | None) -> float | None:
    """Per second, to one share."""
    own = _own(key).requests
    return rules.requests if own is None else own


def traffic(rules: Rules, key: Key | None) -> int | None:
    """Bytes a day, through one share."""
    own = _own(key).traffic
    return rules.traffic if own is None else own


def traffic_of_owner(rules: Rules, key: Key | None) -> int | None:
    """Bytes a day, through all shares of its owner."""
    own = _own(key).total_traffic
    return rules.traffic_per_owner if own is None else own


def together(rules: Rules, key: Key | None, owner: str) -> Iterator[Terms]:
    """What a share has a part in, as far as there are bounds."""
    own = _own(key)
    of_owner = Terms(
        owner,
        rules.requests_per_owner if own.total_requests is None else own.total_requests,
        rules.connections_per_owner if own.connections is None else own.connections,
    )
    in_all = Terms(IN_ALL, rules.requests_in_all, rules.connections_in_all)
    for terms in (of_owner, in_all):
        if terms.requests is not None or terms.connections is not None:
            yield terms


def _own(key: Key | None) -> KeyLimits:
    return key.limits if key else _NONE
