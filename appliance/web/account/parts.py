"""What the account's pages are made of, and what they remember for a few minutes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from appliance.auth.door import Door
from appliance.auth.providers.known import Providers
from appliance.auth.second_factor.factors import Factors, factors
from appliance.auth.shortlived import ShortLived
from appliance.auth.signing_in.attempts import Attempts
from appliance.config.schema import Config
from appliance.web.account.sealed import SealedOnce

LIFE = timedelta(minutes=10)
"""For a half-done signing-in, a passkey's question, something shown once."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody who has proved the first half."""

    person: int
    methods: tuple[str, ...]
    to: str
    browser: bytes
    """Digest of the browser cookie: a half-done signing-in does not move to another browser."""
    turn: int
    """Of the person's sessions: it ends with them."""


@dataclass(frozen=True, slots=True)
class Once:
    """Secrets that are shown to the person who made them, for as long as this is kept."""

    person: int
    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class Parts:
    door: Door
    config: Callable[[], Config]
    factors: Factors
    providers: Providers
    pending: ShortLived[Pending]
    sealed: SealedOnce
    """Questions to passkeys, and ways to providers."""
    once: ShortLived[Once]
    notices: ShortLived[Attempts]


def parts(door: Door, config: Callable[[], Config], providers: Providers) -> Parts:
    return Parts(
        door=door,
        config=config,
        factors=factors(door.engine, door.keys, door.clock),
        providers=providers,
        pending=ShortLived(door.clock, LIFE),
        sealed=SealedOnce(door.keys, door.clock, LIFE),
        once=ShortLived(door.clock, LIFE),
        notices=ShortLived(door.clock, LIFE),
    )
