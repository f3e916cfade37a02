"""Renders the configuration once before anyone is sent here: the first time is slow."""

import http.client
import time
from urllib.parse import urlsplit

from .health import Readiness
from .identity import LOOPBACK_HEADER

_PAUSE = 0.5
_TIMEOUT = 120


def warm_up(origin: str, path: str | None, secret: str, readiness: Readiness) -> None:
    """Asks this process for `path` until it answers sensibly; then the app is ready.

    A refusal counts: an app with a login of its own shows its configuration to nobody yet.
    """
    while not readiness.ready:
        try:
            status = 200 if path is None else _status(origin, path, secret)
        except (OSError, http.client.HTTPException) as problem:
            readiness.reason = f"GET {path} failed: {problem}"
        else:
            if status < 500:
                readiness.ready = True
                return
            readiness.reason = f"GET {path} answers {status}"
        time.sleep(_PAUSE)


def _status(origin: str, path: str, secret: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=_TIMEOUT)
    try:
        connection.request("GET", path, headers={LOOPBACK_HEADER: secret})
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()
