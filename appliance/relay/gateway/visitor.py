"""One connection of the proxy: requests in, answers out, one after the other."""

import asyncio
import re
import time
from typing import Final, cast

from appliance.relay.gateway.answers import FORMS, Answers, Kind
from appliance.relay.gateway.asking import Asking
from appliance.relay.gateway.bodies import BadBody
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.exchange import Exchange
from appliance.relay.gateway.finding import Own, find
from appliance.relay.gateway.passing import action
from appliance.relay.gateway.patience import Patience
from appliance.relay.gateway.refusal import Refused
from appliance.relay.gateway.request import HEAD, Request, parse

_AHEAD: Final = 64 << 10
"""Bytes that may come before it is their turn."""
_LINGER: Final = 5.0
"""Seconds to go on reading what nobody wants: closing at once would reset the connection, and the
visitor's answer with it."""
_BARE_LF = re.compile(rb"(?<!\r)\n")


class Visitor(asyncio.Protocol):
    """Reads requests; an `Exchange` or an `Asking` answers each, or the gateway itself does."""

    __slots__ = (
        "_ahead",
        "_closing",
        "_context",
        "_exchange",
        "_held",
        "_patience",
        "_raw",
        "_request",
        "_timer",
        "blocked",
        "peer",
        "transport",
        "trusted",
    )

    transport: asyncio.Transport

    def __init__(self, context: Context) -> None:
        self._context = context
        self._exchange: Exchange | Asking | None = None
        self._request: Request | None = None
        self._ahead = b""  # of a head, or of the next request
        self._timer: asyncio.TimerHandle | None = None
        self._patience = Patience(context.settings)
        self._closing = False
        self._held = False
        self._raw = False  # no more HTTP
        self.blocked = False
        self.peer = b""
        self.trusted = False

    # From the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        context = self._context
        if len(context.connections) >= context.settings.connections:
            context.stats.turned_away += 1
            context.tell("gateway.full", "", connections=str(len(context.connections)))
            self._closing = True
            self.transport.write(Answers.refusal(503, "too many connections"))
            self.transport.close()
            return
        context.connections.add(self)
        context.stats.open = len(context.connections)
        address = transport.get_extra_info("peername")
        if isinstance(address, tuple):
            self.peer = str(address[0]).encode("ascii", "replace")
            self.trusted = context.settings.trusts(address[0])
        else:
            # A Unix socket: another worker, which has asked the proxy's word already.
            self.trusted = True

    def data_received(self, data: bytes) -> None:
        self._patience.heard()
        if self._closing:
            return
        exchange = self._exchange
        if exchange is None:
            self._ahead = self._ahead + data if self._ahead else data
            if self.blocked:
                # Who asks without reading the answers gets no more of them.
                self._hold_if_ahead()
            else:
                self._next()
        elif exchange.listening:
            exchange.more(data)
        else:
            self._ahead += data
            self._hold_if_ahead()

    def eof_received(self) -> None:
        """Who stops sending has left: browsers and proxies never close one half."""

    def connection_lost(self, _exc: Exception | None) -> None:
        self._closing = True
        self._stop_timer()
        self._context.connections.discard(self)
        self._context.stats.open = len(self._context.connections)
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.left()

    def pause_writing(self) -> None:
        self.blocked = True
        if self._exchange is not None:
            self._exchange.block()

    def resume_writing(self) -> None:
        self.blocked = False
        self._patience.took()
        if self._exchange is not None:
            self._exchange.unblock()
        else:
            self.release()
            self._next()

    # From the exchange.

    def hold(self) -> None:
        if not self._held and not self.transport.is_closing():
            self._held = True
            self.transport.pause_reading()

    def release(self) -> None:
        if self._held and not self.transport.is_closing():
            self._held = False
            self.transport.resume_reading()

    def finished(self, rest: bytes, *, keep_alive: bool, read_all: bool) -> None:
        self._exchange = None
        if rest:
            self._ahead = rest + self._ahead
        self._after(keep_alive=keep_alive, read_all=read_all)

    def failed(self, kind: Kind, rest: bytes, *, read_all: bool) -> None:
        request = self._request
        assert request is not None
        self._exchange = None
        if rest:
            self._ahead = rest + self._ahead
        self._answer(kind, request, read_all=read_all)

    def refused(self, reason: str) -> None:
        self._exchange = None
        self._refuse(Refused(400, reason))

    def upgraded(self) -> bytes:
        early, self._ahead = self._ahead, b""
        self._raw = True
        self.release()
        return early

    # From the listener.

    @property
    def waits(self) -> bool:
        if self._exchange is not None:
            return not self._raw and self._request is not None and not self._request.heartbeat
        return bool(self._ahead) or self.transport.get_write_buffer_size() > 0

    def passed(self, seconds: float) -> None:
        exchange, patience = self._exchange, self._patience
        patience.passed(seconds, blocked=self.blocked)
        if patience.takes_nothing:
            self.cut()
        elif exchange is None:
            if patience.asks_nothing:
                self._close()
        elif exchange.uploading and patience.sends_nothing:
            self.cut()

    def cut(self) -> None:
        self.transport.abort()

    # Requests.

    def _next(self) -> None:
        """Begin what has arrived, as far as it goes."""
        while self._ahead and self._exchange is None and not (self._closing or self.blocked):
            data = self._ahead
            end = data.find(b"\r\n\r\n") + 4
            try:
                if end < 4:
                    self._wait_for_head(data)
                    return
                self._stop_timer()
                self._ahead = b""
                self._begin(parse(data[:end]), data[end:])
            except Refused as refused:
                self._refuse(refused)
                return

    def _wait_for_head(self, data: bytes) -> None:
        if len(data) > HEAD:
            raise Refused(431, "the head is too large")
        # What would never end is not waited for.
        if _BARE_LF.search(data):
            raise Refused(400, "a line that does not end with CRLF")
        if self._timer is None:
            seconds = self._context.settings.head_time
            self._timer = self._context.loop.call_later(seconds, self._head_late)

    def _head_late(self) -> None:
        self._timer = None
        self._refuse(Refused(408, "the head did not arrive in time"))

    def _begin(self, request: Request, rest: bytes) -> None:
        context = self._context
        context.stats.requests += 1
        self._request = request
        found = find(context, self, request)
        if isinstance(found, Own):
            read_all = self._swallow(request, rest)
            self._answer(found.kind, request, read_all=read_all, since=found.since)
            return
        self._exchange = found
        try:
            found.start(rest)
        except BadBody as bad:
            self._exchange = None
            raise Refused(400, str(bad)) from None

    def _swallow(self, request: Request, rest: bytes) -> bool:
        """Take a request that goes nowhere; whether all of it was there."""
        body = request.body()
        try:
            body.feed(rest)
        except BadBody:
            return False
        self._ahead = body.rest
        return body.done and not body.overrun

    def _hold_if_ahead(self) -> None:
        if len(self._ahead) > _AHEAD:
            self.hold()

    # Answers.

    def _answer(
        self, kind: Kind, request: Request, *, read_all: bool, since: float | None = None
    ) -> None:
        if self.transport.is_closing():
            return
        context = self._context
        context.stats.answers[kind] += 1
        keep_alive = request.keep_alive and read_all and not context.draining
        self.transport.write(
            context.answers.answer(
                kind,
                request.name,
                page=request.html,
                head_only=request.head_only,
                close=not keep_alive,
                since=since,
                action=action(request) if kind in FORMS else "",
                wait=_until_midnight(time.time()) if kind is Kind.SPENT else None,
            )
        )
        self._after(keep_alive=keep_alive, read_all=read_all)

    def _after(self, *, keep_alive: bool, read_all: bool) -> None:
        """An answer is complete."""
        if keep_alive and read_all:
            self.release()
            if self._ahead:
                # Not from here: thousands of requests in one read would be as many frames deep.
                self._context.loop.call_soon(self._next)
        elif read_all:
            self._close()
        else:
            self._linger()

    def _refuse(self, refused: Refused) -> None:
        context = self._context
        context.stats.answers[Kind.MALFORMED] += 1
        self._ahead = b""
        if not self.transport.is_closing():
            self.transport.write(context.answers.refusal(refused.status, refused.reason))
            self._linger()

    def _linger(self) -> None:
        """Say that this was all, and read until the visitor has understood."""
        self._closing = True
        self._ahead = b""
        self._stop_timer()
        self.release()
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        self._timer = self._context.loop.call_later(_LINGER, self._close)

    def _close(self) -> None:
        self._closing = True
        self._stop_timer()
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _until_midnight(now: float) -> int:
    """Seconds until another day of UTC begins."""
    return 86_400 - int(now) % 86_400
