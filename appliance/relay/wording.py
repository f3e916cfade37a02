"""Shares and keys in the words of people, the same on a terminal and on pages. Pure."""

from datetime import timedelta

from appliance.amounts import size, span
from appliance.relay.model import KeyStatus, ShareStatus

UNNAMED = ("token", "address", "frp")
"""Owners of which no more is known than where they came from."""


def owner(share: ShareStatus) -> str:
    """The name of a key, else an address."""
    return share.address if share.owner in UNNAMED else share.owner


def limits(key: KeyStatus) -> tuple[str, ...]:
    """What holds for a key instead of what the YAML says of all."""
    said = []
    if key.shares is not None:
        said.append(f"{key.shares} open")
    if key.lifetime == "none":
        said.append("no expiry")
    elif key.lifetime is not None:
        said.append(f"expire after {span(timedelta(seconds=key.lifetime))}")
    if key.requests is not None:
        said.append(f"{key.requests:g} requests/s")
    if key.traffic is not None:
        said.append(f"{size(key.traffic)} a day")
    if key.total_requests is not None:
        said.append(f"{key.total_requests:g} requests/s in all")
    if key.total_traffic is not None:
        said.append(f"{size(key.total_traffic)} a day in all")
    if key.connections is not None:
        said.append(f"{key.connections} requests at once")
    return tuple(said)
