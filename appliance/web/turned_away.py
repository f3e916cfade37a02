"""The pages of somebody whom the front door does not let in to an app, made before he comes."""

from appliance.auth.forward.pages import SOON, Origins, Pages, Raw
from appliance.web.account.places import SIGN_OUT
from appliance.web.answers import Answer

_LOOKS_AGAIN = 5
"""Seconds after which a frame sees whether its visitor has signed in meanwhile."""


def _forbidden(home: str, origins: Origins) -> Raw:
    text = (
        "You are signed in, but this app is for other people. Ask whoever runs this appliance, "
        "or sign out and in again as somebody else."
    )
    leave = home.rstrip("/") + SIGN_OUT
    values = {"code": 403, "title": "Not for you", "text": text, "home": home, "leave": leave}
    return _raw(Answer("message.html", values, program={}, status=403, embedded_by=origins))


def _framed(name: str, path: str, origins: Origins) -> Raw:
    values = {"app": name, "path": path.rstrip("/") + "/", "again": _LOOKS_AGAIN}
    return _raw(
        Answer(
            "embedding/framed.html",
            values,
            program={},
            status=401,
            scripted=True,
            embedded_by=origins,
        )
    )


def _limited() -> Raw:
    text = (
        "This app takes only so many calls in a while from one place. The next one may be made "
        f"{SOON.decode()}: go back then and send it again."
    )
    values = {"code": 429, "title": "Too many calls", "text": text, "home": ""}
    return _raw(Answer("message.html", values, program={}, status=429))


def _raw(answer: Answer) -> Raw:
    page = answer.for_browsers()
    return page.status_code, page.raw_headers, bytes(page.body)


TURNED_AWAY = Pages(_forbidden, _framed, _limited)
