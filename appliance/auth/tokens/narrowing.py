"""What one token may hand on: never more than it may do itself. Pure."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from appliance.auth.tokens.token import Caveats


def exceeded(own: Caveats, asked: Caveats) -> str | None:
    """The limit of `own` that `asked` would pass, in words; None: all are kept.

    Raises `ValueError` if a network is none.
    """
    if own.apps and not (asked.apps and set(asked.apps) <= set(own.apps)):
        return f"for these apps only: {', '.join(own.apps)}"
    if own.uses and not (asked.uses and set(asked.uses) <= set(own.uses)):
        return f"for this only: {', '.join(own.uses)}"
    if own.networks and not (asked.networks and _inside(asked.networks, own.networks)):
        return f"for these networks only: {', '.join(own.networks)}"
    if own.until is not None and (asked.until is None or asked.until > own.until):
        return "not good for so long"
    if own.origin != asked.origin and own.origin:
        return f"for {own.origin} only"
    return None


def _inside(asked: tuple[str, ...], own: tuple[str, ...]) -> bool:
    around = [ip_network(one) for one in own]
    return all(any(_within(ip_network(one), wide) for wide in around) for one in asked)


def _within(narrow: IPv4Network | IPv6Network, wide: IPv4Network | IPv6Network) -> bool:
    if isinstance(narrow, IPv4Network) and isinstance(wide, IPv4Network):
        return narrow.subnet_of(wide)
    if isinstance(narrow, IPv6Network) and isinstance(wide, IPv6Network):
        return narrow.subnet_of(wide)
    return False
