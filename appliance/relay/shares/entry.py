"""A name and all that is known of it, connected or not."""

from dataclasses import dataclass, field

from appliance.relay.gateway.directory import Gone
from appliance.relay.rules import warns_before
from appliance.relay.share import Share, Traffic
from appliance.relay.shares.quotas import bucket_of


@dataclass(slots=True, eq=False)
class Entry:
    """One name. Its share is the part that tunnels and the gateway see."""

    share: Share
    labels: tuple[str, ...]
    """First labels of the share's hosts."""
    key: str | None
    """Name of the key it was registered with last."""
    readable: bool
    client: str
    """`gradio` or `upstream`."""
    address: str
    """Where its client connected from last."""
    seen: float
    """Unix time of the last connection or disconnection."""
    gone: Gone | None = None
    before: Traffic = field(default_factory=Traffic)
    """What passed through before this process started."""
    day: int = 0
    """The day that `day_start` is about."""
    day_start: int = 0
    """Bytes that had passed when the day began."""
    bucket: str | None = None
    """Whose quota it counts against while it is connected."""
    warned: bool = False
    """Whether its coming end was told."""
    spent: bool = False
    """Whether today's bytes are used up."""
    sealed: bytes | None = field(default=None, repr=False)
    """Digest of the password that the operator has put on it, which no client changes."""
    brought: bytes | None = field(default=None, repr=False)
    """Digest of the password that its client came with, as it does each time: it is not kept."""

    @property
    def name(self) -> str:
        return self.share.name

    @property
    def connected(self) -> bool:
        return self.share.upstream is not None

    @property
    def bytes(self) -> int:
        """All that ever passed, both ways."""
        now, before = self.share.traffic, self.before
        return now.received + now.sent + before.received + before.sent

    @property
    def today(self) -> int:
        """What of it passed since the day began."""
        return self.bytes - self.day_start

    @property
    def owner(self) -> str:
        """Whose bytes they are."""
        return bucket_of(self.key, self.address)

    def ending(self, now: float) -> bool:
        """Whether its end is near."""
        share = self.share
        if self.gone is not None or share.expires is None:
            return False
        return share.expires - now <= warns_before(share.since, share.expires)

    def forgettable(self) -> bool:
        """Whether the name may go to make room: not in use, and not reserved for a key."""
        reserved = self.readable and self.key is not None and self.gone is None
        return not self.connected and not reserved
