"""What of the apps our own pages may tell a visitor: no more than the door would let him see."""

import hmac
import secrets

from fastapi import Request
from fastapi.responses import Response

from appliance.auth.forward.forward import Forward
from appliance.auth.forward.traefik import guard_path

_SAID = frozenset({b"x-forwarded-method", b"x-forwarded-uri", b"x-forwarded-host"})


class Visibility:
    """Asks the door about a request to a page of ours, as Traefik asks about one to an app."""

    def __init__(self, forward: Forward, key: bytes = b"") -> None:
        """`key` makes the keys of pictures; without one they are good until the next start."""
        self._forward = forward
        self._key = key or secrets.token_bytes(32)

    def picture_key(self, app: str) -> str:
        """For the address of a picture of the app's state that may be seen by whoever has it."""
        return hmac.digest(self._key, f"picture {app}".encode(), "sha256").hex()[:32]

    def sees_picture(self, request: Request, app: str, key: str) -> bool:
        shown = hmac.compare_digest(self.picture_key(app).encode(), key.encode("utf-8", "replace"))
        return shown or self.sees(request, app)

    def sees(self, request: Request, app: str) -> bool:
        return self._forward.sees(guard_path(app), _told(request))

    def refused(self, request: Request, app: str) -> Response | None:
        """The answer to somebody who may not see the app."""
        if self.sees(request, app):
            return None
        _, (status, headers, body) = self._forward.answer(guard_path(app), _told(request))
        answer = Response(body, status)
        answer.raw_headers = [*answer.raw_headers[:1], *headers]
        return answer


def _told(request: Request) -> list[tuple[bytes, bytes]]:
    """The headers as they would come from Traefik."""
    scope = request.scope
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return [
        *(header for header in scope["headers"] if header[0] not in _SAID),
        (b"x-forwarded-method", scope["method"].encode()),
        (b"x-forwarded-uri", scope["raw_path"] + query),
        (b"x-forwarded-host", request.headers.get("host", "").encode("latin-1")),
    ]
