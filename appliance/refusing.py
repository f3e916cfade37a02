"""What a process answers that cannot keep anything: words for a person."""

from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError

from appliance import disk

_log = structlog.get_logger(__name__)
NO_ROOM, HELD = 507, 503
"""Insufficient Storage (RFC 4918); Service Unavailable."""
_HELD = (
    "The database is held by another program, such as a backup or a shell of sqlite3 "
    "(`sudo fuser -v` on its file names it). Nothing was changed. End that, then try again."
)


def _in_words(_request: Request, status: int, words: str) -> Response:
    return JSONResponse({"detail": words}, status)


def refuse_in_words(
    app: FastAPI, answer: Callable[[Request, int, str], Response] = _in_words
) -> None:
    """Answer so wherever the disk or the database was the reason; other errors stay what they are.

    `answer` is told the status, and the words for whoever looks after the appliance.
    """

    async def refused(request: Request, error: Exception) -> Response:
        if disk.held(error):
            _log.error("request.database_held", path=request.url.path)
            return answer(request, HELD, _HELD)
        words = disk.refusal(error)
        if words is None:
            raise error
        _log.error("request.no_room", path=request.url.path, reason=words)
        return answer(request, NO_ROOM, f"{words} Make room, then try again.")

    for kind in (OSError, OperationalError):
        app.add_exception_handler(kind, refused)
