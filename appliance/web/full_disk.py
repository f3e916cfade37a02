"""What a visitor reads when something could not be kept, as the disk took nothing."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError

from appliance import disk
from appliance.refusing import STATUS
from appliance.web.answers import Answer

_TEXT = "This was not kept: the disk of this appliance takes nothing more."
_ANSWER = Answer(
    "message.html",
    {"code": STATUS, "title": "No room", "text": _TEXT, "home": "/"},
    program={"detail": _TEXT},
    status=STATUS,
)
_log = structlog.get_logger(__name__)


def tell_of_a_full_disk(app: FastAPI) -> None:
    """Other errors stay what they are."""
    for kind in (OSError, OperationalError):
        app.add_exception_handler(kind, _refused)


async def _refused(request: Request, error: Exception) -> Response:
    words = disk.refusal(error)
    if words is None:
        raise error
    _log.error("page.no_room", path=request.url.path, reason=words)
    return _ANSWER.to(request)
