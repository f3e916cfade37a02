"""Tells the pages where their visitor is."""

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from appliance.auth.whereabouts import visitor_address

_HEADER = b"x-forwarded-for"


class VisitorAddress:
    """Leaves one address in `X-Forwarded-For`: the last one that no proxy of ours has."""

    def __init__(self, app: ASGIApp, trusted: Callable[[], tuple[str, ...]]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = scope["headers"]
            told = b",".join(value for name, value in headers if name == _HEADER)
            address = visitor_address(told.decode("latin-1"), self._trusted())
            kept = [header for header in headers if header[0] != _HEADER]
            scope["headers"] = [*kept, (_HEADER, address.encode("latin-1"))]
        await self._app(scope, receive, send)
