"""Who may log in and what name a client gets: what tunnels ask of the registry of shares.

Everything here is a plain call on the event loop that never waits: clients come in bursts after a
restart. A registration is answered by a call as well, which comes at once where the registry is in
the same process, and later where it is in another one.
"""

from collections.abc import Callable
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
    run_id: str = field(repr=False)
    """What only this client was told, at this login: who names it in a later one is the same.

    Such a client takes over what it registers by the same proxy name from its former connection, if
    that still counts as one.
    """
    dialect: Dialect
    proxy: NewProxy
    """Its `proxy_name` is the share token: a secret, for Gradio's clients."""
    token: str = field(repr=False)
    """The frp token that the client proved to know; Gradio's know only the empty one."""


Answer = Callable[[Share | Refused], None]
"""Takes what became of a registration."""


class Registrar(Protocol):
    """The registry of shares, as tunnels see it."""

    def login(self, attempt: Attempt) -> tuple[str, ...]:
        """The tokens one of which the client must know. Raises `Refused`.

        The empty token is the one of Gradio's clients; no token at all refuses as a wrong one does.
        """

    def ask(self, registration: Registration, upstream: Upstream, answer: Answer) -> None:
        """Give the proxy its share, set the share's `upstream`, and answer.

        Whoever held the share before loses it: the same client's former way is told by `replaced`,
        any other by `end`.
        """

    def closed(self, upstream: Upstream) -> None:
        """The client left, closed its proxy or was replaced: clear the `upstream` of its share.

        Called exactly once for each `ask` that was not refused, also when another upstream holds
        the share by now; if there was no answer yet, none comes. `end` and `replaced` of the
        upstream call it before they return.
        """
