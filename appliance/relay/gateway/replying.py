"""What the app sends for one request, turned into what its visitor gets. Bytes in, bytes out."""

from collections.abc import Callable
from typing import Final

from appliance.relay.gateway.bodies import BadBody, Body, Chunked, UntilClose
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.forwarding import for_visitor
from appliance.relay.gateway.holding import Held, hold
from appliance.relay.gateway.request import Request
from appliance.relay.gateway.response import Heads, Nonsense, Response
from appliance.relay.gateway.visit import Visit
from appliance.relay.share import Share

_INTERIM: Final = 8
"""Responses before the response (100, 103) that one request may get."""


class Reply:
    """Interim heads, the head of the answer and its body, or whatever follows an upgrade."""

    __slots__ = (
        "_body",
        "_context",
        "_heads",
        "_held",
        "_interim",
        "_request",
        "_response",
        "_share",
        "_show",
        "_visit",
        "done",
        "fault",
        "raw",
        "shown",
    )

    def __init__(
        self,
        context: Context,
        share: Share,
        request: Request,
        visit: Visit,
        show: Callable[[bytes], None],
    ) -> None:
        """`show` takes what the visitor gets without anything new from the app."""
        self._context, self._share, self._request = context, share, request
        self._visit, self._show = visit, show
        self._heads = Heads()
        self._interim = 0
        self._response: Response | None = None
        self._body: Body | None = None
        self._held: Held | None = None
        self.done = False
        """Whether all of the answer has come."""
        self.fault = ""
        """Why what the app sends makes no sense; nothing may be fed any more."""
        self.shown = False
        """Whether the visitor has got some of the answer, so that it can only go on or be cut."""
        self.raw = False
        """Whether it is HTTP no more: bytes pass as they are."""

    @property
    def begun(self) -> bool:
        """Whether some of the answer has come."""
        return self._response is not None or self._heads.begun

    @property
    def lacks(self) -> str:
        """What is missing if no more comes and nothing was `shown`; empty if nothing has begun."""
        if self._response is not None:
            return "less than its Content-Length"
        return "no end of a head" if self._heads.begun or self._interim else ""

    @property
    def until_close(self) -> bool:
        """Whether the end of the app's stream is the end of the answer."""
        return self.shown and isinstance(self._body, UntilClose)

    @property
    def clean(self) -> bool:
        """Whether its stream can carry another request, now that it is `done`."""
        response, body = self._response, self._body
        if response is None or body is None:
            return False
        return response.keep_alive and not body.overrun and not body.rest

    @property
    def keeps_alive(self) -> bool:
        """Whether the visitor's connection can outlive this answer."""
        request = self._request
        if self._context.draining or not request.keep_alive or self.until_close:
            return False
        return request.modern or not isinstance(self._body, Chunked)

    def feed(self, data: bytes) -> bytes:
        """What the visitor gets for it, which a `fault` does not make less."""
        body = self._body
        if body is None:
            return self._begin(data)
        return self._go_on(body, data) if self.shown else self._hold(data)

    def drop(self) -> None:
        """Give back what a page holds; nothing is shown any more."""
        self._show = _nowhere
        if self._held is not None:
            self._held.drop()
            self._held = None

    def _begin(self, data: bytes) -> bytes:
        """Heads, until the last one; interim ones go on to those who know them."""
        before = b""
        try:
            while (found := self._heads.feed(data)) is not None:
                response, data = found
                if response.status == 101:
                    return before + self._upgrade(response) + data
                if not response.interim:
                    return before + self._answer(response, data)
                before += self._before(response)
                if not data:
                    break
        except Nonsense as nonsense:
            self.fault = str(nonsense)
        return before

    def _before(self, response: Response) -> bytes:
        self._interim += 1
        if self._interim > _INTERIM:
            raise Nonsense("interim responses without end")
        return self._head(response, close=False) if self._request.modern else b""

    def _answer(self, response: Response, data: bytes) -> bytes:
        request = self._request
        self._visit.answered(response.status)
        self._response = response
        self._body = response.body(head_only=request.head_only, framed=request.modern)
        self._held = hold(self._context, self._share, request, response, self._give_up)
        return self._hold(data)

    def _hold(self, data: bytes) -> bytes:
        """Head and body in one piece, which is one packet for a small answer."""
        response, body, held = self._response, self._body, self._held
        assert response is not None
        assert body is not None
        piece = self._go_on(body, data)
        if self.fault:
            return b""
        if held is not None:
            held.add(piece)
            if not body.done:
                return b""
            self._held = None
            piece = held.whole(response)
        self.shown = True
        head = self._head_of_answer()
        return head + piece if piece else head

    def _give_up(self) -> None:
        """The page passes as it is from now on."""
        held, self._held = self._held, None
        assert held is not None
        self.shown = True
        self._show(self._head_of_answer() + held.unchanged())

    def _go_on(self, body: Body, data: bytes) -> bytes:
        try:
            piece = body.feed(data)
        except BadBody as bad:
            self.fault = str(bad)
            return b""
        self.done = body.done
        return piece

    def _upgrade(self, response: Response) -> bytes:
        if not self._request.upgrade:
            raise Nonsense("a change of protocol that nobody asked for")
        self.raw = True
        self._context.stats.upgrades += 1
        self._visit.answered(response.status)
        return self._head(response, close=False)

    def _head_of_answer(self) -> bytes:
        assert self._response is not None
        return self._head(self._response, close=not self.keeps_alive)

    def _head(self, response: Response, *, close: bool) -> bytes:
        return for_visitor(self._request, response, self._share.options, close=close)


def _nowhere(_data: bytes) -> None: ...
