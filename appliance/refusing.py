"""What a process answers whose disk takes nothing: words for a person."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError

from appliance import disk

_log = structlog.get_logger(__name__)
STATUS = 507
"""Insufficient Storage (RFC 4918)."""


def refuse_without_disk(app: FastAPI) -> None:
    """Answer so wherever the disk was the reason; other errors stay what they are."""
    for kind in (OSError, OperationalError):
        app.add_exception_handler(kind, _refused)


async def _refused(request: Request, error: Exception) -> Response:
    words = disk.refusal(error)
    if words is None:
        raise error
    _log.error("request.no_room", path=request.url.path, reason=words)
    return JSONResponse({"detail": f"{words} Make room, then try again."}, STATUS)
