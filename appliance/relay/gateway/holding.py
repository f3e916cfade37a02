"""A page that is held back until all of it is there, because it may have to be changed."""

import gzip
import time
import zlib
from collections.abc import Callable
from typing import Final

from appliance.relay.gateway import bundles, ending
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.request import Request
from appliance.relay.gateway.response import Response
from appliance.relay.share import Share

LARGEST: Final = 2 << 20
"""Bytes of a page, as it was sent and unpacked."""
_AT_A_TIME: Final = 32


class Held:
    """One page; ends by `whole`, `unchanged` or `drop`."""

    __slots__ = ("_context", "_note", "_pieces", "give_up")

    def __init__(self, context: Context, note: bytes, give_up: Callable[[], None]) -> None:
        self.give_up = give_up
        """Called when it has to make room for another page."""
        self._context = context
        self._note = note
        self._pieces: list[bytes] = []
        context.held[self] = None

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def whole(self, response: Response) -> bytes:
        """The page to send; `response` tells its length afterwards."""
        sent = self.unchanged()
        packed = response.encoding == b"gzip"
        page = unpacked(sent) if packed else sent
        changed = self._changed(page, response) if page is not None else None
        if changed is None:
            return sent
        if packed:
            # Quickly: everybody else waits, and a few bytes may have unpacked to all of it.
            changed = gzip.compress(changed, compresslevel=1, mtime=0)
        response.length = len(changed)
        return changed

    def unchanged(self) -> bytes:
        """What has come of it."""
        self.drop()
        return b"".join(self._pieces)

    def drop(self) -> None:
        self._context.held.pop(self, None)

    def _changed(self, page: bytes, response: Response) -> bytes | None:
        local = bundles.rewritten(page) if self._context.settings.script else None
        if local is not None:
            self._context.stats.rewritten += 1
        elif self._context.settings.script:
            local = bundles.explained(page)
        noted = ending.noted(local or page, self._note) if self._note else None
        if noted is not None:
            self._context.stats.warned += 1
            ending.forget_version(response)
        return noted or local


def hold(
    context: Context,
    share: Share,
    request: Request,
    response: Response,
    give_up: Callable[[], None],
) -> Held | None:
    """Begin to hold the page back, if it is one that may have to be changed.

    Only one of known length: a page that is made while it is sent must not wait. An app whose pages
    never end holds up nobody else's: the oldest makes room.
    """
    changeable = (
        changes(request)
        and not share.elsewhere
        and response.html
        and response.status == 200
        and 0 < response.length <= LARGEST
        and response.encoding in (b"", b"gzip")
    )
    if not changeable:
        return None
    if len(context.held) >= _AT_A_TIME:
        next(iter(context.held)).give_up()
    return Held(context, ending.note(share, response, time.time()), give_up)


def acceptable(request: Request) -> bytes:
    """The Accept-Encoding to send: only what can be unpacked, if the answer may be such a page."""
    if not changes(request):
        return request.accept_encoding
    return b"gzip" if b"gzip" in request.accept_encoding.lower() else b""


def changes(request: Request) -> bool:
    """Whether the answer may be a page that somebody looks at."""
    return request.html and request.method == b"GET"


def unpacked(page: bytes) -> bytes | None:
    """None for more than a page holds, and for what is no gzip."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(page, LARGEST)
    except zlib.error:
        return None
    return plain if unpacking.eof and not unpacking.unused_data else None
