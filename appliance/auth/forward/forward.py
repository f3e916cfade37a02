"""ForwardAuth: Traefik asks here about every request to an app, before the app sees it.

Only Traefik reaches this listener. A decision needs no database, no template and no task. What
may be seen is decided by the path Traefik asks at, which names the app, and never by a URI.
"""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from starlette.types import Scope

from appliance.auth.audit import Audit, Event
from appliance.auth.browsers import cookies
from appliance.auth.forward.asked import FRAMES, Asked, asked
from appliance.auth.forward.assertion import Headers, Identities
from appliance.auth.forward.guards import Guard, Guards
from appliance.auth.forward.limiter import Account, Limiter, refusal, soon
from appliance.auth.forward.pages import SOON, Raw
from appliance.auth.forward.policy import Ruling
from appliance.auth.forward.proof import Proof, Proofs
from appliance.auth.forward.traefik import LEFTOVERS_PATH
from appliance.auth.people.person import Person
from appliance.auth.places import HAND_OVER, SIGN_IN
from appliance.auth.secrets import digest, new_secret
from appliance.auth.stats import AuthStats, observe
from appliance.auth.whereabouts import NETWORK_FACTOR, network, place
from appliance.config.rates import Rate

_JSON = (b"content-type", b"application/json")
_READS = frozenset({b"GET", b"HEAD", b"OPTIONS"})
_NOT_KEPT = (b"cache-control", b"no-store")


class Forward:
    """The ASGI app of the listener."""

    def __init__(
        self, proofs: Proofs, identities: Identities, audit: Audit, stats: AuthStats
    ) -> None:
        self.guards: Guards = {}
        """Replaced as a whole when the configuration changes."""
        self.limiter = Limiter(time.monotonic)
        self._proofs = proofs
        self._identities = identities
        self._audit = audit
        self._stats = stats

    async def __call__(self, scope: Scope, _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        outcome, (status, headers, body) = self.answer(scope["path"], scope["headers"])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        observe(self._stats, outcome, time.perf_counter() - began)

    def sees(self, path: str, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether the visitor would be let in; nothing is counted."""
        guard = self.guards.get(path)
        if guard is None:
            # Without guards nobody can sign in, and every app is open.
            return not self.guards
        proof = self._proofs.proof(asked(headers, guard.trusted), guard)
        return guard.rule(proof.person) is Ruling.ADMITTED

    def answer(self, path: str, headers: list[tuple[bytes, bytes]]) -> tuple[str, Raw]:
        """The outcome, for the metrics, and what to send."""
        guard = self.guards.get(path)
        if guard is None:
            return _unguarded(path, headers)
        request = asked(headers, guard.trusted)
        if request.is_preflight:
            # Browsers send no credentials with it; the app itself says who may call it.
            return "preflight", (200, _where(request, guard), b"")
        proof = self._proofs.proof(request, guard)
        ruling = guard.rule(proof.person)
        if ruling is Ruling.ADMITTED:
            if wait := self._wait(request, proof, guard):
                limited = _too_often(request, guard, wait)
                return "rate-limited", _readable(limited, request, guard)
            known = self._known(proof, guard)
            outcome = "allowed" if known else "anonymous"
            return outcome, (200, [*known, *_kept(request), *_where(request, guard)], b"")
        if ruling is Ruling.FORBIDDEN and proof.person is not None:
            return ruling.value, self._forbidden(request, proof.person, guard)
        return proof.refused or ruling.value, _sign_in(request, proof, guard)

    def _wait(self, request: Asked, proof: Proof, guard: Guard) -> float:
        """Seconds until this call may be made; 0: now. What only reads is no call."""
        limit = guard.rate_limit
        rate = limit.per_token if proof.token else limit.per_address
        if rate is None or request.method in _READS:
            return 0.0
        if proof.token:
            return self.limiter.wait(((guard.name, proof.token), rate))
        return self.limiter.wait(*_counted(guard.name, request.address, rate))

    def _known(self, proof: Proof, guard: Guard) -> Headers:
        if proof.person is None:
            return ()
        return self._identities.headers(proof.person, guard.name, proof.site)

    def _forbidden(self, request: Asked, person: Person, guard: Guard) -> Raw:
        event = Event("access.denied", actor=person.name, app=guard.name, address=request.address)
        self._audit.write(event)
        return guard.forbidden if request.is_navigation else _readable(_FORBIDDEN, request, guard)


def _unguarded(path: str, headers: list[tuple[bytes, bytes]]) -> tuple[str, Raw]:
    if path == LEFTOVERS_PATH:
        return "anonymous", (200, _kept(asked(headers)), b"")
    return "unknown", _UNKNOWN


def _kept(request: Asked) -> list[tuple[bytes, bytes]]:
    """Of cookies and credentials, what is the app's business."""
    kept = []
    if cookie := cookies.without_ours(request.cookie):
        kept.append((b"cookie", cookie))
    if request.authorization and not request.authorization_is_ours:
        kept.append((b"authorization", request.authorization))
    return kept


def _counted(app: str, address: str, rate: Rate) -> Iterator[Account]:
    """On whom a call from the address counts; with an IPv6 one also on the network around it."""
    yield (app, place(address)), rate
    if wide := network(address):
        yield (app, wide), Rate(rate.calls * NETWORK_FACTOR, rate.seconds)


def _where(request: Asked, guard: Guard) -> list[tuple[bytes, bytes]]:
    """Where the visitor is, for whoever the request goes to.

    Of a proxy that is trusted Traefik hands on what that one was told, also by its visitors.
    """
    return [(b"x-real-ip", request.address.encode("latin-1"))] if guard.trusted else []


def _too_often(request: Asked, guard: Guard, wait: float) -> Raw:
    seconds, text = refusal(wait)
    status, headers, body = _json(429, {"detail": text})
    if b"text/html" in request.accept:
        status, made, page = guard.limited
        body = page.replace(SOON, soon(seconds).encode())
        headers = [header for header in made if header[0] != b"content-length"]
        headers.append((b"content-length", b"%d" % len(body)))
    return status, [*headers, (b"retry-after", b"%d" % seconds)], body


def _sign_in(request: Asked, proof: Proof, guard: Guard) -> Raw:
    if not request.is_navigation or proof.refused:
        return _readable(_UNAUTHORIZED, request, guard)
    if request.fetch_dest in FRAMES:
        return guard.framed
    origin = guard.origin or f"{'https' if guard.secure else 'http'}://{request.host.lower()}"
    if not guard.sign_in:
        where = f"{origin}{SIGN_IN}?to={quote(request.uri, safe='')}"
        return 302, [(b"location", where.encode()), _NOT_KEPT], b""
    # The code that is handed over later is for this browser alone.
    known = cookies.value(request.cookie, cookies.BROWSER, secure=guard.secure)
    browser = known or new_secret()
    url = quote(origin + request.uri, safe="")
    where = f"{guard.sign_in}{HAND_OVER}?to={url}&browser={digest(browser).hex()}"
    headers = [(b"location", where.encode()), _NOT_KEPT]
    if known is None:
        cookie = cookies.put(cookies.BROWSER, browser, secure=guard.secure)
        headers.append((b"set-cookie", cookie.encode()))
    return 302, headers, b""


def _readable(answer: Raw, request: Asked, guard: Guard) -> Raw:
    """Pages of sites that may call the app get to see why they may not now."""
    if request.origin not in guard.friends:
        return answer
    status, headers, body = answer
    told = [
        (b"access-control-allow-origin", request.origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]
    return status, [*headers, *told], body


def _json(status: int, body: object, *headers: tuple[bytes, bytes]) -> Raw:
    return status, [_JSON, _NOT_KEPT, *headers], json.dumps(body).encode()


# The shape that Gradio's clients take for "Not authenticated".
_UNAUTHORIZED = _json(
    401,
    {"detail": {"error": "Not authenticated", "auth_message": "Sign in to use this app."}},
    (b"www-authenticate", b"Bearer"),
)
_FORBIDDEN = _json(403, {"detail": "This app is for other people."})
_UNKNOWN = _json(403, {"detail": "There is no such app."})
