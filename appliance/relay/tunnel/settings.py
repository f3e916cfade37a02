"""What a relay takes from its clients."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Bounds; clients that keep to the protocol do not meet them. Times are seconds."""

    plain: bool = True
    """Whether clients without TLS may log in."""
    step: float = 10.0
    """For the first byte, for TLS, for the login, and for the first message of a stream."""
    newcomers: int = 1024
    """Connections that have not logged in; the oldest makes room for one more."""
    newcomers_per_address: int = 128
    idlers: int = 2048
    """Clients that publish nothing; the oldest makes room for one more."""
    idlers_per_address: int = 512
    """More than a whole class behind one address, whose clients return in the same second."""
    registrations: int = 6000
    """Proxies that the clients of one address may ask for at once, as all do after a restart."""
    registrations_per_second: float = 100.0
    greetings: int = 256
    """Streams of one client that have not said what they are for."""
    parked: int = 256
    """Streams of one client that wait for a visitor."""
    tunnels: int = 32
    """Proxies of one client."""
    idle: float = 90.0
    """How long a client may stay that publishes nothing or, without multiplexing, says nothing."""
    wait: float = 10.0
    """How long a visitor waits for a stream."""
    hold: float = 0.03
    """Between telling a client its URL and its first stream's start: clients have such a race."""
    write_buffer: int = MIB // 4
    """Bytes that may wait in a client's connection before its streams stop sending."""
    write_limit: int = MIB
    """Bytes that may be added then; only a client that asks without reading gets there."""
    window_budget: int = 256 * MIB
    """Bytes that all clients together may send ahead, beyond 256 KiB a stream; a quarter each."""
