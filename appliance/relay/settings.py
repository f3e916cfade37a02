"""Where the relay process listens and keeps its things: environment variables, no more."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.environment import address_or_all, needed
from appliance.relay.gateway.settings import Network

_LOOPBACK = "127.0.0.0/8,::1/128"


@dataclass(frozen=True)
class Settings:
    """Compose and `appliance up` differ in these and nothing else."""

    data: Path
    run: Path
    clients: tuple[str | None, int]
    """Where sharers connect; a host of None: all addresses."""
    visitors: tuple[str | None, int]
    """Where Traefik brings visitors."""
    trusted: tuple[Network, ...]
    """Where Traefik connects from: whose word on visitors is believed."""

    @property
    def socket(self) -> Path:
        return self.run / "relay" / "relay.sock"

    @property
    def database(self) -> Path:
        return self.data / "relay" / "relay.db"

    @property
    def pepper(self) -> Path:
        return self.data / "relay" / "pepper"


def from_environment(env: Mapping[str, str]) -> Settings:
    """Read `APPLIANCE_*`. Raises `ValueError` naming the variable that is missing or wrong.

    DATA, RUN: see docs/architecture.md. SHARE_CLIENTS, SHARE_VISITORS: `host:port` or `:port`.
    SHARE_PROXIES: networks that Traefik connects from, by commas; absent: this machine.
    """
    return Settings(
        data=Path(needed(env, "APPLIANCE_DATA")),
        run=Path(needed(env, "APPLIANCE_RUN")),
        clients=address_or_all(env, "APPLIANCE_SHARE_CLIENTS"),
        visitors=address_or_all(env, "APPLIANCE_SHARE_VISITORS"),
        trusted=_networks(env, "APPLIANCE_SHARE_PROXIES"),
    )


def _networks(env: Mapping[str, str], name: str) -> tuple[Network, ...]:
    value = env.get(name) or _LOOPBACK
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in value.split(","))
    except ValueError as error:
        raise ValueError(f"{name} is {value!r}: {error}") from None
