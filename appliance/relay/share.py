"""A share: a public name and, while its client is connected, the way to an app."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from appliance.apps.server.counting import Counts
from appliance.relay.joint import JointLimit
from appliance.relay.lock import Lock
from appliance.relay.upstream import Upstream
from appliance.relay.wire.yamux.limits import Allowance


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What an upstream client may ask for beside the name; Gradio's asks for nothing."""

    host: str = ""
    """Sent to the app in place of the visitor's Host, if not empty."""
    request_headers: Mapping[str, str] = field(default_factory=dict)
    response_headers: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    password: str = field(default="", repr=False)
    """HTTP Basic credentials that visitors need, if either is not empty."""


@dataclass(slots=True)
class Traffic:
    """What passed through a share since this process started."""

    requests: int = 0
    errors: int = 0
    """Answers made by the relay because the app gave none."""
    received: int = 0
    """Bytes from visitors."""
    sent: int = 0
    """Bytes to visitors."""
    open: int = 0
    """Requests under way."""


@dataclass(slots=True)
class Met:
    """Visitors of a day, by UTC, whom other processes counted."""

    number: int = 0
    day: int = -1

    def add(self, number: int, day: int) -> None:
        self.number = number + (self.number if day == self.day else 0)
        self.day = day

    def count(self, day: int) -> int:
        return self.number if day == self.day else 0


@dataclass(slots=True, eq=False)
class Share:
    """One name. It outlives its client's connection and, in the database, this process."""

    name: str
    """Unique among all shares; the first label of the host unless the client chose hosts."""
    hosts: tuple[str, ...]
    """Where visitors find it: small letters, no port."""
    url: str
    """What the client prints."""
    owner: str
    """Stable for one share token or key; never the secret itself."""
    locations: tuple[str, ...] = ("/",)
    """Path prefixes that belong to it."""
    options: HttpOptions = HttpOptions()
    lock: Lock | None = None
    """The password that visitors need; None: whoever has the link may open it."""
    upstream: Upstream | None = None
    """None while its client is not connected."""
    since: float = 0.0
    """Unix time of the first registration."""
    expires: float | None = None
    """Unix time; None: never."""
    traffic: Traffic = field(default_factory=Traffic)
    visits: Counts = field(default_factory=Counts)
    met: Met = field(default_factory=Met)
    rate: float | None = None
    """Requests per second that it may take; None: any number."""
    allowance: Allowance | None = None
    """What is left of them now."""
    joint_limits: tuple[JointLimit, ...] = ()
    """What it takes together with other shares; mostly there is nothing of the kind."""
    elsewhere: bool = False
    """Whether its client is connected to another worker: what belongs to the share is done there,
    and here its visitors' requests only pass through."""

    @property
    def spent(self) -> bool:
        """Whether nothing goes through it until another day begins."""
        return self.rate == 0.0

    def limit(self, rate: float | None) -> None:
        """Let it take so many requests per second from now on, with twice as many at once."""
        self.rate = rate
        burst = max(1, round(2 * rate)) if rate else 0
        self.allowance = None if rate is None else Allowance(rate, burst, 0.0)
