"""One request of a visitor and its answer from the app."""

import asyncio
from typing import Final

from appliance.relay.gateway.answers import Kind
from appliance.relay.gateway.bodies import BadBody, Body
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.forwarding import for_app, forwarded
from appliance.relay.gateway.holding import acceptable
from appliance.relay.gateway.replying import Reply
from appliance.relay.gateway.request import Request
from appliance.relay.gateway.sending import Sending
from appliance.relay.gateway.visit import Visit
from appliance.relay.gateway.visiting import Visiting
from appliance.relay.share import Share
from appliance.relay.upstream import AppAway, Upstream, WorkStream

_QUEUED: Final = 256 << 10
"""Bytes that may wait for the app before the visitor has to wait."""
_YOUNG: Final = 1.0
"""Seconds a stream may have rested to carry a request that cannot be repeated: an app that closes
idle connections sooner than others would take it along."""


class Exchange:
    """Receives from a work stream.

    Ends by exactly one call of `finished` or `failed`, by cutting the visitor off, or by `left`.
    """

    __slots__ = (
        "_context",
        "_over",
        "_paused",
        "_reply",
        "_request",
        "_sending",
        "_share",
        "_stream",
        "_upload",
        "_upstream",
        "_visit",
        "_visitor",
        "_waiting",
    )

    def __init__(
        self,
        context: Context,
        visitor: Visiting,
        share: Share,
        upstream: Upstream,
        request: Request,
    ) -> None:
        self._context, self._visitor = context, visitor
        self._share, self._upstream = share, upstream
        self._request = request
        self._upload: Body = request.body()
        self._sending: Sending
        self._visit: Visit
        self._reply: Reply
        self._stream: WorkStream | None = None
        self._waiting: asyncio.Task[None] | None = None
        self._paused = False
        self._over = False

    @property
    def listening(self) -> bool:
        """Whether what the visitor sends now is for the app."""
        return not self._upload.done or self._reply.raw

    @property
    def uploading(self) -> bool:
        """Whether the rest of the request is waited for."""
        return not self._upload.done

    # From the visitor.

    def start(self, data: bytes) -> None:
        """`data` came after the request's head. Raises `BadBody`, before anything was done."""
        body = self._upload.feed(data)
        request, context, visitor = self._request, self._context, self._visitor
        head = for_app(
            request,
            self._share.options,
            visitor.peer,
            trusted=visitor.trusted,
            accept_encoding=acceptable(request),
        )
        address = forwarded(request, trusted=visitor.trusted).get(b"x-real-ip", visitor.peer)
        self._visit = Visit(context.counting, context.stats, self._share, request, address)
        self._visit.received(len(body))
        self._reply = Reply(context, self._share, request, self._visit, self._to_visitor)
        self._sending = Sending(
            head + body if body else head, len(body), idempotent=request.idempotent
        )
        rest = context.settings.stream_rest
        youth = rest if request.idempotent else min(_YOUNG, rest)
        stream = context.resting.take(self._upstream, youth)
        if stream is None:
            self._take()
        else:
            self._send(stream, used=True)

    def more(self, data: bytes) -> None:
        """`data` came from the visitor while `listening`."""
        if self._reply.raw:
            self._visit.received(len(data))
            self._write(data)
            return
        try:
            body = self._upload.feed(data)
        except BadBody as bad:
            if self._reply.begun:
                self._cut_visitor()
            else:
                self._drop()
                self._visitor.refused(str(bad))
            return
        self._visit.received(len(body))
        if not body:
            return
        self._sending.add(body, waiting=self._stream is None)
        if self._stream is not None:
            self._write(body)
        elif self._sending.large:
            self._visitor.hold()

    def block(self) -> None:
        """The visitor takes no more."""
        if self._stream is not None and not self._paused:
            self._paused = True
            self._stream.pause()

    def unblock(self) -> None:
        """The visitor takes more again."""
        if self._stream is not None and self._paused:
            self._paused = False
            self._stream.resume()

    def left(self) -> None:
        """The visitor is gone; the app must know at once."""
        if self._over:
            return
        self._context.stats.left += 1
        self._drop()

    # The way to the app.

    def _take(self) -> None:
        # The client may have come back meanwhile, on another connection.
        self._upstream = self._share.upstream or self._upstream
        stream = self._upstream.take()
        if stream is not None:
            self._send(stream, used=False)
        else:
            self._waiting = self._context.loop.create_task(self._wait())

    async def _wait(self) -> None:
        try:
            stream = await self._upstream.stream()
        except AppAway as away:
            self._waiting = None
            self._fail(Kind(away.why))
            return
        self._waiting = None
        if self._over:
            stream.close()
        else:
            self._send(stream, used=False)

    def _send(self, stream: WorkStream, *, used: bool) -> None:
        self._sending.begin(used=used)
        self._stream = stream
        stream.receiver = self
        if self._visitor.blocked:
            self.block()
        if stream.ended:
            self.stream_ended()
            return
        self._write(self._sending.all())
        # It may have waited for the stream; else this costs nothing.
        if not self._over and stream.queued == 0:
            self._visitor.release()

    def _write(self, data: bytes) -> None:
        stream = self._stream
        if stream is None:
            return
        stream.write(data)
        if stream.queued > _QUEUED:
            self._visitor.hold()

    # From the app.

    def stream_data(self, data: bytes) -> None:
        if self._reply.raw:
            self._to_visitor(data)
            return
        reply = self._reply
        if not reply.shown:
            self._sending.arrived()
        shown = reply.feed(data)
        if shown:
            self._to_visitor(shown)
        if reply.fault:
            self._faulty(reply.fault)
        elif reply.raw:
            self._upgraded()
        elif reply.done and not self._over:
            self._finish()

    def stream_drained(self) -> None:
        self._visitor.release()

    def stream_ended(self) -> None:
        self._stream = None
        if self._over:
            return
        reply = self._reply
        if reply.raw or reply.until_close:
            self._done()
            self._visitor.transport.close()
        elif reply.shown:
            self._cut_off()
        elif lacks := reply.lacks:
            self._faulty(lacks)
        elif self._sending.again():
            self._context.stats.retries += 1
            self._paused = False
            self._take()
        else:
            # Of another worker: it ended, and the client comes back to one that is there.
            self._fail(Kind.DISCONNECTED if self._share.elsewhere else Kind.REFUSED)

    def _upgraded(self) -> None:
        early = self._visitor.upgraded()
        if early:
            self.more(early)

    def _to_visitor(self, data: bytes) -> None:
        self._visit.sent(len(data))
        self._visitor.transport.write(data)

    # The end.

    def _finish(self) -> None:
        """The answer is complete."""
        stream, reply = self._stream, self._reply
        self._visit.complete()
        self._done()
        if stream is not None:
            clean = self._upload.done and reply.clean
            if clean and not stream.ended and stream.queued == 0:
                if self._paused:
                    stream.receiver = None
                    stream.resume()
                self._context.resting.give(self._upstream, stream)
            else:
                stream.close()
        self._visitor.finished(
            self._upload.rest,
            keep_alive=reply.keeps_alive and not self._upload.overrun,
            read_all=self._upload.done,
        )

    def _cut_off(self) -> None:
        """The app ended in the middle. A clean end would make half an answer look whole."""
        self._context.stats.aborted += 1
        self._context.tell("share.cut_off", self._share.name)
        self._cut_visitor()

    def _cut_visitor(self) -> None:
        self._drop()
        self._visitor.transport.abort()

    def _faulty(self, reason: str) -> None:
        """The app does not speak HTTP as it must."""
        self._context.tell("share.nonsense", self._share.name, reason=reason)
        if self._reply.shown:
            self._cut_off()
        else:
            self._fail(Kind.BROKEN)

    def _fail(self, kind: Kind) -> None:
        """Nothing has been sent of an answer."""
        self._visit.failed()
        rest, read_all = self._upload.rest, self._upload.done and not self._upload.overrun
        self._drop()
        self._visitor.failed(kind, rest, read_all=read_all)

    def _drop(self) -> None:
        stream = self._stream
        self._done()
        if stream is not None:
            stream.close()
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _done(self) -> None:
        self._over = True
        self._visit.over()
        self._stream = None
        self._reply.drop()
