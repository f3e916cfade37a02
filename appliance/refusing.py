"""What a process answers whose disk takes nothing: words for a person."""

from collections.abc import Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError

from appliance import disk

_log = structlog.get_logger(__name__)
STATUS = 507
"""Insufficient Storage (RFC 4918)."""


def _in_words(_request: Request, words: str) -> Response:
    return JSONResponse({"detail": f"{words} Make room, then try again."}, STATUS)


def refuse_without_disk(
    app: FastAPI, answer: Callable[[Request, str], Response] = _in_words
) -> None:
    """Answer so wherever the disk was the reason; other errors stay what they are."""

    async def refused(request: Request, error: Exception) -> Response:
        words = disk.refusal(error)
        if words is None:
            raise error
        _log.error("request.no_room", path=request.url.path, reason=words)
        return answer(request, words)

    for kind in (OSError, OperationalError):
        app.add_exception_handler(kind, refused)
