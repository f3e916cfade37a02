"""Who may log in and what name a client gets: what tunnels ask of the registry of shares.

Everything here is a plain call on the event loop that never waits: clients come in bursts after a
restart, and each is answered at once from memory.
"""

from dataclasses import dataclass, field
from typing import Protocol

from appliance.relay.names import Dialect
from appliance.relay.share import Share
from appliance.relay.upstream import Upstream
from appliance.relay.wire.messages import Login, NewProxy


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The client is not served. `text` is one line that its user reads in the terminal."""

    def __init__(self, text: str, *, reason: str) -> None:
        """`reason` is a word for logs and a label of metrics, e.g. `key`, `limit`, `expired`."""
        super().__init__(text)
        self.text = text
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Attempt:
    """A client that wants to log in."""

    address: str
    """The client's IP address, without port."""
    server_name: str | None
    """The host it asked for in TLS, in small letters: may carry a key. None without TLS or name."""
    tls: bool
    login: Login


@dataclass(frozen=True, slots=True)
class Registration:
    """A proxy that a logged-in client wants to publish; always of type http."""

    attempt: Attempt
    dialect: Dialect
    proxy: NewProxy
    """Its `proxy_name` is the share token: a secret, for Gradio's clients."""
    token: str = field(repr=False)
    """The frp token that the client proved to know; Gradio's know only the empty one."""
    replaces: Upstream | None
    """The way to the same client that it had before, if it still counts as connected.

    The client named the run id that only it was told, and registers the same proxy name.
    """


class Registrar(Protocol):
    """The registry of shares, as tunnels see it."""

    def login(self, attempt: Attempt) -> tuple[str, ...]:
        """The tokens one of which the client must know. Raises `Refused`.

        The empty token is the one of Gradio's clients; no token at all refuses as a wrong one does.
        """

    def register(self, registration: Registration, upstream: Upstream) -> Share:
        """Give the proxy its share and set the share's `upstream`. Raises `Refused`.

        Whoever held the share before loses it: `registration.replaces` is dropped by the tunnel
        itself; any other former upstream is the registry's to `end`.
        """

    def closed(self, share: Share, upstream: Upstream) -> None:
        """The client left, closed its proxy or was replaced.

        Called exactly once for each `register` that succeeded, also when another upstream holds
        the share by now: clear `share.upstream` only if it is this one. `Upstream.end` calls it
        before it returns.
        """
