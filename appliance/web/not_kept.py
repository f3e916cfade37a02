"""What a visitor reads when something could not be kept."""

from fastapi import Request
from fastapi.responses import Response

from appliance.refusing import HELD, NO_ROOM
from appliance.web.answers import Answer


def _answer(status: int, title: str, text: str) -> Answer:
    return Answer(
        "message.html",
        {"code": status, "title": title, "text": text, "home": "/"},
        program={"detail": text},
        status=status,
    )


_ANSWERS = {
    NO_ROOM: _answer(
        NO_ROOM, "No room", "This was not kept: the disk of this appliance takes nothing more."
    ),
    HELD: _answer(
        HELD,
        "Not now",
        "This was not kept: another program holds the database of this appliance. "
        "Try again in a moment.",
    ),
}


def not_kept(request: Request, status: int, _words: str) -> Response:
    """Whoever looks after the appliance is told more in the log, and by the commands."""
    return _ANSWERS[status].to(request)
