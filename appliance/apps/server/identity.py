"""Who the visitor is: only a signed assertion counts (docs/architecture.md, "Identity")."""

import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .headers import RawHeaders, only
from .settings import Identity

LOOPBACK_HEADER = "x-appliance-loopback"
"""Carries this process's secret on the calls Gradio makes to itself."""
USER = "appliance.user"
"""Key in the ASGI scope: the verified user's name, `""` for an anonymous visitor."""
SITE = "appliance.site"
"""Key in the ASGI scope: the origin inside whose pages alone the visitor may be shown the app."""
DIRECT = "appliance.direct"
"""Key in the ASGI scope: whether the request came past every proxy."""

_ALGORITHM = "EdDSA"
_LEEWAY = 5
_LONGEST = 8192
_STARTUP = "/gradio_api/startup-events"
_LONGEST_LIFE = 60


class Verifier:
    """Turns an assertion into claims. Raises ValueError if a key is not an Ed25519 public key."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.keys = [_public_key(pem) for pem in identity.keys]

    def __call__(self, assertion: bytes | None) -> Mapping[str, Any] | None:
        """The claims, None if the assertion is missing, false, stale or for another app."""
        if assertion is None or len(assertion) > _LONGEST:
            return None
        checked = (self._claims(assertion, key) for key in self.keys)
        return next((claims for claims in checked if claims is not None), None)

    def _claims(self, assertion: bytes, key: object) -> Mapping[str, Any] | None:
        import jwt  # noqa: PLC0415 - an app without identity keys need not have PyJWT

        try:
            claims: Mapping[str, Any] = jwt.decode(
                assertion,
                key,  # type: ignore[arg-type]  # loaded once by _public_key
                algorithms=[_ALGORITHM],
                audience=self.identity.audience,
                issuer=self.identity.issuer,
                leeway=_LEEWAY,
                options={"require": ["sub", "aud", "iss", "exp"], "strict_aud": True},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return None
        lives = claims["exp"] - time.time() <= _LONGEST_LIFE + _LEEWAY
        return claims if lives and claims["sub"] else None


def _public_key(pem: str) -> object:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - as PyJWT
        Ed25519PublicKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - as PyJWT
        load_pem_public_key,
    )

    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(  # noqa: TRY004 - the value of a setting is wrong
            "identity.keys holds a key that is not an Ed25519 public key"
        )
    return key


def named_user(request: HTTPConnection) -> str:
    """Gradio's `auth_dependency`: the user's name; an anonymous visitor has an empty one.

    None would make Gradio refuse the visitor, and whether anyone is refused is decided before.
    """
    return str(request.scope.get(USER, ""))


class IdentityLayer:
    """Verifies each request's assertion once and, if required, refuses those without one.

    Stands in front of the whole app: Gradio's own check leaves some of its routes out.
    """

    def __init__(self, app: ASGIApp, identity: Identity, secret: str) -> None:
        self.app = app
        self.required = identity.required
        self.verify = Verifier(identity)
        self.header = identity.header.lower().encode("latin-1")
        self.loopback = LOOPBACK_HEADER.encode("latin-1")
        self.secret = secret.encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        headers: RawHeaders = scope["headers"]
        claims = self.verify(only(headers, self.header))
        if self.required and claims is None and not self._is_own(scope):
            await _refuse(scope, receive, send)
            return
        # A verified assertion stays: Gradio's MCP server passes its caller's headers on to the
        # queue, where they are verified again.
        hidden = {self.loopback} if claims else {self.loopback, self.header}
        scope["headers"] = [header for header in headers if header[0] not in hidden]
        if claims:
            scope["headers"] += _told(claims)
        scope[USER] = claims["sub"] if claims else ""
        scope[SITE] = str(claims.get("site", "")) if claims else ""
        await self.app(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        """Whether Gradio calls itself: with our secret, or from `launch` to start its queue."""
        shown = only(scope["headers"], self.loopback) or b""
        starts = scope["path"].endswith(_STARTUP) and scope.get(DIRECT, False)
        return hmac.compare_digest(shown, self.secret) or starts


def _told(claims: Mapping[str, Any]) -> RawHeaders:
    """What the assertion says, where scripts behind other proxies look for it."""
    groups = claims.get("groups")
    values = (
        (b"remote-user", claims["sub"]),
        (b"remote-name", claims.get("name")),
        (b"remote-email", claims.get("email")),
        (b"remote-groups", ",".join(map(str, groups)) if isinstance(groups, list) else None),
    )
    return [(name, _plain(value)) for name, value in values if isinstance(value, str) and value]


def _plain(value: str) -> bytes:
    return "".join(char for char in value if char.isprintable()).encode()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    detail = {"error": "Not authenticated", "auth_message": "Sign in to use this app."}
    await JSONResponse({"detail": detail}, 401)(scope, receive, send)


def new_secret() -> str:
    """A secret only this process knows."""
    return secrets.token_urlsafe(32)
