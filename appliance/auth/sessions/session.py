"""One signing-in as a browser or program shows it on one host. Plain values."""

from dataclasses import dataclass, field
from datetime import timedelta

FRESH = timedelta(minutes=10)
"""How long after a proof of who somebody is he may change how that is proved."""


@dataclass(frozen=True, slots=True)
class Lives:
    """How long sessions are good for, from the YAML."""

    idle: timedelta = timedelta(days=7)
    """Without a request."""
    longest: timedelta = timedelta(days=30)
    """Since signing in."""


@dataclass(slots=True, eq=False)
class Session:
    """One browser or program on one host."""

    digest: bytes = field(repr=False)
    family: str
    person: int
    host: str
    """As in the request's Host, small letters, no port."""
    methods: tuple[str, ...]
    """How the person proved who he is: `password`, `totp`, `passkey`, `recovery-code`,
    `token`, `provider:<name>`."""
    token: str | None
    """Id of the token it was made with, whose limits and end are its own."""
    browser: str
    address: str
    created: float
    """When the family began."""
    confirmed: float
    """When the person last proved who he is."""
    last_used: float
    app: str = ""
    """The only app it is good for; empty: what is on the host."""
    site: str = ""
    """Origin of the pages it is good inside of; empty: in windows of the host's own."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks, as far as a person can recognise it in the list of his sessions."""

    browser: str = ""
    """The User-Agent."""
    address: str = ""


NOBODY = Visitor()


@dataclass(frozen=True, slots=True)
class Signed:
    """A session and the secret for its cookie, which exists nowhere else."""

    session: Session
    secret: str = field(repr=False)
