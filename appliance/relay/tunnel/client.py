"""A client that logged in: its control stream, its proxies, and its lanes for visitors."""

import asyncio
import secrets
from functools import lru_cache, partial

import structlog

from appliance.auth.whereabouts import place
from appliance.relay import names
from appliance.relay.names import Dialect
from appliance.relay.registrar import Attempt, Refused, Registration
from appliance.relay.share import Share
from appliance.relay.tunnel.lane import DEAF, Lane
from appliance.relay.tunnel.pool import Pool
from appliance.relay.tunnel.relay import Relay
from appliance.relay.tunnel.texts import one_line
from appliance.relay.tunnel.tunnel import Tunnel
from appliance.relay.wire.cipher import derive_key
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.errors import WireError
from appliance.relay.wire.framing import Unknown
from appliance.relay.wire.messages import (
    CloseProxy,
    Kill,
    Message,
    NewProxy,
    NewProxyResp,
    Ping,
    Pong,
    ReqWorkConn,
)
from appliance.relay.wire.yamux.limits import Allowance

VERSION = names.GRADIO_VERSION
"""What the relay calls itself: clients only print it."""
CONTROL_QUEUE = 65536
"""Bytes of control messages a client may leave unread."""
MESSAGES_PER_SECOND = 20.0
MESSAGES_BURST = 200
LASTING = frozenset(("ended", "expired", "header", "key", "name", "password", "type"))
"""Reasons for a refusal that are the same the next time."""

_log = structlog.get_logger(__name__)
_key = lru_cache(maxsize=256)(derive_key)


class Client:
    """The endpoint of a control stream, and the source of its tunnels' streams."""

    __slots__ = (
        "_allowance",
        "_attempt",
        "_channel",
        "_idle",
        "_lane",
        "_loop",
        "_place",
        "_pool",
        "_registrations",
        "_relay",
        "_runs",
        "_token",
        "multiplexed",
        "run_id",
        "settings",
        "stats",
        "tunnels",
    )

    def __init__(
        self,
        relay: Relay,
        runs: dict[str, "Client"],
        attempt: Attempt,
        token: str,
        lane: Lane,
    ) -> None:
        """`runs` holds all clients that are logged in, by run id."""
        self.settings = relay.settings
        self.stats = relay.stats
        self.multiplexed = lane.multiplexed
        # A new one each time: who knows an old one has only known an old session.
        self.run_id = secrets.token_hex(16)
        self.tunnels: dict[str, Tunnel] = {}
        """By the name the client sent."""
        self._relay = relay
        self._runs = runs
        self._attempt = attempt
        self._token = token
        self._lane = lane
        self._channel = ControlChannel(_key(token))
        self._pool = Pool(
            self._ask, pool_count=attempt.login.pool_count, limit=self.settings.parked
        )
        self._loop = asyncio.get_running_loop()
        self._place = place(attempt.address)
        self._registrations = relay.registrations(self._place)
        self._allowance = Allowance(MESSAGES_PER_SECOND, MESSAGES_BURST, self._loop.time())
        self.stats.clients += 1
        runs[self.run_id] = self
        self._idle: asyncio.TimerHandle
        self._wait_to_publish()

    # The control stream.

    def received(self, data: bytes | memoryview) -> None:
        self._lane.consumed(len(data))
        self.read(data)

    def read(self, data: bytes | memoryview) -> None:
        """Act on messages; also for bytes that came with the login."""
        self._channel.receive_data(data)
        try:
            # A client that was dropped in the middle registers nothing any more.
            while self.run_id in self._runs and (message := self._channel.next_message()):
                self._on_message(message)
        except WireError as error:
            self.leave("protocol", str(error))

    def drained(self) -> None: ...

    def lost(self) -> None:
        self.close("disconnected")

    def leave(self, reason: str, detail: str = "") -> None:
        """Drop the connection; the client comes back by itself."""
        self.close(reason, detail)
        self._lane.hang_up()

    def tell(self, *messages: Message) -> None:
        if self._lane.send(self._channel.encode(*messages)) > CONTROL_QUEUE:
            self.leave("unread", "the client reads no messages")

    # Lanes for visitors.

    def park(self, lane: Lane) -> None:
        """Take a lane that the client opened."""
        self._pool.park(lane)
        for tunnel in tuple(self.tunnels.values()):
            tunnel.serve()

    def take_lane(self) -> Lane | None:
        return self._pool.take(self._waiting())

    def need(self) -> None:
        self._pool.need(self._waiting())

    def gave_none(self) -> None:
        self.stats.streams_late += 1
        self._pool.late()

    def _waiting(self) -> int:
        return sum(len(tunnel.waiting) for tunnel in self.tunnels.values())

    def _ask(self, lanes: int) -> None:
        self.stats.streams_asked += lanes
        self.tell(*[ReqWorkConn()] * lanes)

    # Proxies.

    def dismiss(self, tunnel: Tunnel, reason: str) -> None:
        gradios = tunnel.dialect is not Dialect.UPSTREAM
        self.close_tunnel(tunnel, reason)
        if gradios and not self.tunnels:
            self.tell(Kill())

    def supersede(self, tunnel: Tunnel) -> None:
        self.close_tunnel(tunnel, "replaced")
        if not self.tunnels:
            self.leave("replaced")

    def _on_message(self, message: Message | Unknown) -> None:
        if not self._allowance.take(self._loop.time()):
            raise WireError("too many messages in a short time")
        match message:
            case Ping():
                self.tell(Pong())
            case NewProxy():
                self._on_new_proxy(message)
            case CloseProxy(proxy_name=closed):
                for tunnel in tuple(self.tunnels.values()):
                    if names.same(tunnel.name, closed):
                        self.close_tunnel(tunnel, "closed")
            case _:
                raise WireError("unexpected message")

    def _on_new_proxy(self, proxy: NewProxy) -> None:
        tunnel = self.tunnels.get(proxy.proxy_name)
        if tunnel is not None:
            # A client that missed the answer asks again.
            self._tell_url(tunnel)
            return
        if not self._registrations.take(self._loop.time()):
            raise WireError("too many proxies were asked for from one address")
        dialect = names.dialect(self._attempt.login, proxy)
        try:
            self._publish(proxy, dialect)
        except Refused as refusal:
            self._refuse_proxy(names.answered(proxy.proxy_name, dialect), dialect, refusal)

    def _publish(self, proxy: NewProxy, dialect: Dialect) -> None:
        if proxy.proxy_type != "http":
            raise Refused(
                f"proxy type {proxy.proxy_type[:32]!r} is not served: this relay publishes web"
                ' apps, use type = "http"',
                reason="type",
            )
        if len(self.tunnels) >= self.settings.tunnels:
            raise Refused(f"more than {self.settings.tunnels} proxies", reason="proxies")
        tunnel = Tunnel(self, proxy, dialect, _key(self._token))
        self.tunnels[tunnel.name] = tunnel
        registration = Registration(self._attempt, self.run_id, dialect, proxy, self._token)
        self._relay.registrar.ask(registration, tunnel, partial(self._answered, tunnel))

    def _answered(self, tunnel: Tunnel, answer: Share | Refused) -> None:
        if isinstance(answer, Refused):
            del self.tunnels[tunnel.name]
            name = names.answered(tunnel.name, tunnel.dialect)
            self._refuse_proxy(name, tunnel.dialect, answer)
            return
        tunnel.share = answer
        self.stats.opened += 1
        self.stats.tunnels += 1
        self._idle.cancel()
        self._relay.idlers.release(self)
        self._loop.call_later(self.settings.hold, tunnel.ready)
        _log.info(
            "tunnel.opened",
            share=answer.name,
            address=self._attempt.address,
            dialect=tunnel.dialect.value,
            tls=self._attempt.tls,
        )
        self._tell_url(tunnel)

    def _tell_url(self, tunnel: Tunnel) -> None:
        if tunnel.share is not None:
            name = names.answered(tunnel.name, tunnel.dialect)
            self.tell(NewProxyResp(proxy_name=name, remote_addr=tunnel.share.url))
            self.need()

    def _refuse_proxy(self, name: str, dialect: Dialect, refusal: Refused) -> None:
        self.stats.refused[refusal.reason] += 1
        self._relay.complain(
            "tunnel.refused",
            reason=refusal.reason,
            address=self._attempt.address,
            text=refusal.text,
        )
        text = one_line(refusal.text)
        if dialect is Dialect.UPSTREAM:
            self.tell(NewProxyResp(proxy_name=name, error=text))
            return
        returning = bool(self._attempt.login.run_id)
        if returning and refusal.reason not in LASTING:
            # It asks again every 21 s if nobody answers, and fills its output if somebody does.
            self._idle.cancel()
            self._idle = self._loop.call_later(self.settings.idle, self._expire)
            return
        # Gradio waits for half a minute unless it reads these words. By then it has given up and
        # leaves its client behind, or it has long stopped to listen; the client has to end itself.
        self.tell(
            NewProxyResp(proxy_name=name, error=f"login to server failed: {text}"),
            Kill(),
        )

    def close_tunnel(self, tunnel: Tunnel, reason: str, detail: str = "") -> None:
        if self.tunnels.pop(tunnel.name, None) is None:
            return
        share = tunnel.share
        tunnel.close()
        self._relay.registrar.closed(tunnel)
        if share is not None:
            self.stats.tunnels -= 1
            self.stats.closed[reason] += 1
            _log.info("tunnel.closed", share=share.name, reason=reason, detail=detail or None)
        if not self.tunnels and self.run_id in self._runs:
            self._idle.cancel()
            self._wait_to_publish()

    def _wait_to_publish(self) -> None:
        """Like others that publish nothing: for a while, and as far as there is room."""
        self._idle = self._loop.call_later(self.settings.idle, self._expire)
        idlers = self._relay.idlers
        idlers.release(self)
        leaver = idlers.admit(self, self._place)
        if leaver is not None:
            # Not from here: it may be this one, which is just told that it was let in.
            self._loop.call_soon(leaver.make_room)

    def make_room(self) -> None:
        """Leave for others that have come later."""
        if self.run_id in self._runs:
            self.stats.dropped["crowded out"] += 1
            self.leave("crowded out")

    def _expire(self) -> None:
        self.leave("idle", "the client publishes nothing")

    def close(self, reason: str, detail: str = "") -> None:
        """Forget the client, whose connection is gone or going.

        `reason` is a word for metrics, `detail` a sentence for the log.
        """
        if self._runs.pop(self.run_id, None) is None:
            return
        for tunnel in tuple(self.tunnels.values()):
            self.close_tunnel(tunnel, reason, detail)
        self._idle.cancel()
        self._relay.idlers.release(self)
        self._lane.endpoint = DEAF
        self._pool.close()
        self.stats.clients -= 1
