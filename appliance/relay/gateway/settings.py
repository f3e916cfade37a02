"""How the gateway runs: whom it believes and how much strangers may take."""

import ipaddress
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Times in seconds, sizes in bytes."""

    trusted: tuple[Network, ...] = ()
    """Addresses of the proxy in front: only its word on visitors (X-Forwarded-*) is believed."""
    connections: int = 10_000
    """Visitors' connections in all."""
    per_share: int = 1_000
    """Requests under way on one share."""
    head_time: float = 10.0
    """From the first byte of a request's head to its last."""
    keep_alive: float = 180.0
    """Between requests; longer than the proxy keeps an idle connection (Traefik: 90), so that it is
    the one to close it."""
    body_silence: float = 300.0
    """How long a body may stand still, whether it is the visitor or the app who does not go on; an
    app may think before it answers, and between two pieces of its answer, as long as it likes."""
    stream_rest: float = 4.0
    """How long a stream to an app waits for its next request. Uvicorn closes one after 5."""
    script: bool = True
    """Whether share pages load Gradio's script from the app instead of a content network."""

    def trusts(self, address: str) -> bool:
        """Whether `address` is the proxy's."""
        try:
            peer = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
            peer = peer.ipv4_mapped
        return any(peer.version == network.version and peer in network for network in self.trusted)
