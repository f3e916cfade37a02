"""What a visitor reads when something could not be kept, as the disk took nothing."""

from fastapi import Request
from fastapi.responses import Response

from appliance.refusing import STATUS
from appliance.web.answers import Answer

_TEXT = "This was not kept: the disk of this appliance takes nothing more."
_ANSWER = Answer(
    "message.html",
    {"code": STATUS, "title": "No room", "text": _TEXT, "home": "/"},
    program={"detail": _TEXT},
    status=STATUS,
)


def no_room(request: Request, _words: str) -> Response:
    return _ANSWER.to(request)
