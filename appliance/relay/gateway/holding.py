"""A page that is held back until all of it is there, because it may have to be changed."""

from typing import Final

from appliance.relay.gateway import bundles
from appliance.relay.gateway.context import Context
from appliance.relay.gateway.request import Request
from appliance.relay.gateway.response import Response

_AT_A_TIME: Final = 32


class Held:
    """One page; ends by `whole` or `drop`."""

    __slots__ = ("_context", "_pieces")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pieces: list[bytes] = []
        context.held += 1

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def whole(self, response: Response) -> bytes:
        """The page to send; `response` tells its length afterwards."""
        self.drop()
        page = b"".join(self._pieces)
        changed = bundles.rewritten(page, response.encoding)
        if changed is None:
            return page
        self._context.stats.rewritten += 1
        response.length = len(changed)
        return changed

    def drop(self) -> None:
        self._context.held -= 1


def hold(context: Context, request: Request, response: Response) -> Held | None:
    """Begin to hold the page back, if it is one that may have to be changed."""
    changeable = bundles.collectable(request, response, context.settings)
    return Held(context) if changeable and context.held < _AT_A_TIME else None
