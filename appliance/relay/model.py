"""What the relay is told and what it tells: the documents of its internal API."""

import math
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from appliance.document import Document
from appliance.relay.cores import MOST
from appliance.relay.rules import Rules
from appliance.relay.shares.keys import KeyLimits

Lifetime = Annotated[float, Field(gt=0, le=3650 * 86_400)] | Literal["none"]
"""Seconds, or `none`: for ever."""
MOST_BYTES = 2**63 - 1
"""What a database holds."""
KeyName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]


class Wanted(Document):
    """What may be shared, and where it is found."""

    domain: str
    scheme: Literal["http", "https"]
    port: int
    """Where visitors come."""
    expires: Lifetime
    who_can_share: Literal["anyone", "key"]
    plain: bool
    """Whether clients may come without TLS."""
    workers: Annotated[int, Field(ge=1, le=MOST)] | Literal["auto"] = 1
    """Processes that serve clients and visitors."""
    max_shares: int
    per_key: int
    per_address: int
    requests: float | None
    traffic: int | None
    traffic_per_owner: int | None = None
    traffic_in_all: int | None = None
    requests_per_owner: float | None = None
    requests_in_all: float | None = None
    connections_per_owner: int | None = None
    connections_in_all: int | None = None
    tokens: tuple[str, ...] = Field((), repr=False)

    def rules(self) -> Rules:
        return Rules(
            domain=self.domain,
            scheme=self.scheme,
            port=self.port,
            lifetime=math.inf if self.expires == "none" else self.expires,
            who_can_share=self.who_can_share,
            max_shares=self.max_shares,
            per_key=self.per_key,
            per_address=self.per_address,
            requests=self.requests,
            traffic=self.traffic,
            traffic_per_owner=self.traffic_per_owner,
            traffic_in_all=self.traffic_in_all,
            requests_per_owner=self.requests_per_owner,
            requests_in_all=self.requests_in_all,
            connections_per_owner=self.connections_per_owner,
            connections_in_all=self.connections_in_all,
            tokens=self.tokens,
        )


class CertificatePaths(Document):
    """PEM files as the relay sees them; both in one file is fine."""

    chain: str
    key: str


class Desired(Document):
    """All that the relay should do."""

    share: Wanted | None
    """None: nothing is shared and no client is let in."""
    certificates: tuple[CertificatePaths, ...] = ()
    """The first one is for clients that ask for a name nobody has."""


class RelayStatus(Document):
    """The answer to `PUT /settings` and `GET /status`."""

    version: int
    """Grows with every change; not with traffic."""
    listening: bool
    """Whether clients can connect."""
    tls: bool
    """Whether there is a certificate for them."""
    problems: tuple[str, ...] = ()
    """Sentences about what cannot be done as told."""
    connected: int = 0
    away: int = 0
    """Names whose client is not connected and whose time is not up."""
    ending: int = 0
    """Names whose time is nearly up."""


class ShareStatus(Document):
    """One name, living or past. Times are Unix seconds."""

    name: str
    url: str
    owner: str
    """Name of the key, else where it came from."""
    client: str
    """`gradio` or `upstream`."""
    address: str
    state: Literal["live", "away", "expired", "ended"]
    password: bool = False
    """Whether visitors need one; a client's own is not known before it has come back."""
    protected: bool = False
    """Whether the operator has put one on it, which can be taken back."""
    since: float
    expires: float | None
    ending: bool
    seen: float
    """Last connection or disconnection."""
    requests: int
    open: int
    """Requests under way."""
    errors: int
    """Answers the relay made because the app gave none."""
    visitors: int
    """About how many addresses visited today, by UTC and since the relay started."""
    received: int
    sent: int

    @property
    def over(self) -> bool:
        return self.state in ("expired", "ended")


class Protected(Document):
    """A share with its new password, which cannot be had again."""

    share: ShareStatus
    password: str = Field(repr=False)


class Shares(Document):
    """The answer to `GET /shares`."""

    version: int
    shares: tuple[ShareStatus, ...]


class Extension(Document):
    """How much longer a share lives."""

    by: Lifetime


class KeyLimitsAsked(Document):
    """Limits of a key; None: as the YAML says for all. See `KeyLimits`."""

    shares: int | None = Field(None, ge=1)
    lifetime: Lifetime | None = None
    requests: float | None = Field(None, gt=0, allow_inf_nan=False)
    traffic: int | None = Field(None, ge=1, le=MOST_BYTES)
    total_requests: float | None = Field(None, gt=0, allow_inf_nan=False)
    total_traffic: int | None = Field(None, ge=1, le=MOST_BYTES)
    connections: int | None = Field(None, ge=1, le=100_000)

    def limits(self) -> KeyLimits:
        return KeyLimits(
            shares=self.shares,
            lifetime=math.inf if self.lifetime == "none" else self.lifetime,
            requests=self.requests,
            traffic=self.traffic,
            total_requests=self.total_requests,
            total_traffic=self.total_traffic,
            connections=self.connections,
        )

    def onto(self, former: KeyLimits) -> KeyLimits:
        """Those of before, but for what is said here."""
        given = self.limits()
        return replace(former, **{name: getattr(given, name) for name in self.model_fields_set})


class KeyRequest(KeyLimitsAsked):
    """A key to make."""

    name: KeyName
    password: bool = False
    """Whether visitors of all that is shared with it shall be asked for one."""


class KeyStatus(Document):
    """A key without its secrets."""

    name: str
    made: float
    used: float | None
    revoked: float | None
    shares: int | None
    lifetime: Lifetime | None
    requests: float | None
    traffic: int | None = None
    total_requests: float | None = None
    total_traffic: int | None = None
    connections: int | None = None
    open: int
    """Shares that are connected with it now."""
    password: bool = False
    """Whether visitors of what is shared with it need one."""


class MadeKey(Document):
    """A key with its secrets; they cannot be had again."""

    name: str
    secret: str = Field(repr=False)
    label: str = Field(repr=False)
    """First label of a host below the share domain that proves the key by itself, with TLS."""
    password: str | None = Field(None, repr=False)
    """What visitors of its shares are asked for."""


class ProtectedKey(Document):
    """A key with its shares' new password, which cannot be had again."""

    key: KeyStatus
    password: str = Field(repr=False)
