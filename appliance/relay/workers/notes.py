"""What the relay and its workers tell each other: a line of JSON each."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from appliance.relay.gateway.directory import Gone
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.joint import Terms
from appliance.relay.lock import Lock
from appliance.relay.registrar import Refused, Registration
from appliance.relay.share import HttpOptions
from appliance.relay.tunnel.stats import TunnelStats
from appliance.visits.model import Ask, Reports


class Note(BaseModel):
    model_config: ClassVar = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
    )


# To a worker.


class Rules(Note):
    """What clients may do, and what their logins have to prove."""

    kind: Literal["rules"] = "rules"
    shared: bool
    """Whether anything may be shared."""
    tokens: tuple[str, ...] = Field((), repr=False)
    plain: bool = True


class Certificates(Note):
    """Chains and keys, by their paths."""

    kind: Literal["certificates"] = "certificates"
    files: tuple[tuple[str, str], ...]


class Facts(Note):
    """All that a worker has to know of a name."""

    kind: Literal["facts"] = "facts"
    name: str
    hosts: tuple[str, ...]
    url: str
    owner: str
    locations: tuple[str, ...]
    options: HttpOptions
    lock: Lock | None
    since: float
    expires: float | None
    rate: float | None
    joint_limits: tuple[Terms, ...]
    """What it takes together with others."""
    gone: Gone | None
    way: tuple[int, int] | None
    """The worker where its client is, and what that worker calls the way to it."""


class Forgotten(Note):
    kind: Literal["forgotten"] = "forgotten"
    name: str


class Mark(Note):
    """To be answered by `Reached`, so that one knows that all notes before were taken up."""

    kind: Literal["mark"] = "mark"
    number: int


class Registered(Note):
    kind: Literal["registered"] = "registered"
    way: int
    name: str


class Denied(Note):
    kind: Literal["denied"] = "denied"
    way: int
    text: str
    reason: str

    def refused(self) -> Refused:
        return Refused(self.text, reason=self.reason)


class End(Note):
    """Send the client of a way away."""

    kind: Literal["end"] = "end"
    way: int
    reason: str


class Replaced(Note):
    """Drop a way whose client has come back."""

    kind: Literal["replaced"] = "replaced"
    way: int


class Listening(Note):
    """So many sockets come on the other line: of clients, or of visitors."""

    kind: Literal["listening"] = "listening"
    whose: Literal["clients", "visitors"]
    count: int


class CountVisits(Note):
    """How to count from now on; to be answered by `Visited`."""

    kind: Literal["count-visits"] = "count-visits"
    ask: Ask


class Elsewhere(Note):
    """What visitors of the other workers take of joint limits, in answer to `Counts`."""

    kind: Literal["elsewhere"] = "elsewhere"
    taken: dict[str, tuple[float, int]]
    """Requests per second and requests under way, by a limit's name; none of those that are not
    named."""


class Dismiss(Note):
    """Let no more clients in, and end the sessions of those who are here."""

    kind: Literal["dismiss"] = "dismiss"


class Drain(Note):
    """Let requests end, at most so many seconds; to be answered by `Drained`."""

    kind: Literal["drain"] = "drain"
    seconds: float


class Stop(Note):
    kind: Literal["stop"] = "stop"


# From a worker.


class Register(Note):
    kind: Literal["register"] = "register"
    way: int
    registration: Registration = Field(repr=False)


class Closed(Note):
    kind: Literal["closed"] = "closed"
    way: int


class Reached(Note):
    kind: Literal["reached"] = "reached"
    number: int


class Visited(Note):
    """What was counted of visits."""

    kind: Literal["visited"] = "visited"
    reports: Reports


class Drained(Note):
    kind: Literal["drained"] = "drained"


class Happened(Note):
    """A line of its log, for those who read events."""

    kind: Literal["happened"] = "happened"
    event: dict[str, Any]


class Growth(Note):
    """What passed through a share since the last note of it."""

    name: str
    requests: int
    errors: int
    received: int
    sent: int
    visitors: int
    open: int
    """Now."""


class Counts(Note):
    """What happened: to shares since the last time, to all clients and visitors since the start."""

    kind: Literal["counts"] = "counts"
    day: int
    """The day that the visitors came on."""
    shares: tuple[Growth, ...]
    tunnel: TunnelStats
    gateway: GatewayStats


ToWorker = (
    Rules
    | Certificates
    | Facts
    | Forgotten
    | Mark
    | Registered
    | Denied
    | End
    | Replaced
    | Listening
    | CountVisits
    | Elsewhere
    | Dismiss
    | Drain
    | Stop
)
FromWorker = Register | Closed | Reached | Drained | Counts | Visited | Happened

to_worker: TypeAdapter[ToWorker] = TypeAdapter(Annotated[ToWorker, Field(discriminator="kind")])
from_worker: TypeAdapter[FromWorker] = TypeAdapter(
    Annotated[FromWorker, Field(discriminator="kind")]
)
