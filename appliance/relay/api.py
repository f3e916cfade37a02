"""The relay's API on its Unix socket, as docs/architecture.md describes it."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from appliance.metrics.text import TYPE, own
from appliance.refusing import refuse_in_words
from appliance.relay.events.stream import TooManyReadersError
from appliance.relay.metrics import RelayMetrics
from appliance.relay.model import (
    Desired,
    Extension,
    KeyLimitsAsked,
    KeyRequest,
    KeyStatus,
    MadeKey,
    Protected,
    ProtectedKey,
    RelayStatus,
    Shares,
    ShareStatus,
)
from appliance.relay.relay import Relay
from appliance.relay.shares.failures import KeyExistsError, SteeringError
from appliance.visits.model import Ask, Reports

_LONGEST = 60.0
"""Seconds a request for news is held at most."""
_router = APIRouter()


def api(relay: Relay) -> FastAPI:
    """The API of one relay."""
    app = FastAPI(title="Gradio Appliance: relay", openapi_url=None)
    app.state.relay = relay
    app.include_router(_router)
    app.add_exception_handler(SteeringError, _refused)
    app.add_exception_handler(TooManyReadersError, _full)
    refuse_in_words(app)
    return app


def _of(request: Request) -> Relay:
    relay: Relay = request.app.state.relay
    return relay


Here = Annotated[Relay, Depends(_of)]
Wait = Annotated[float, Query(alias="timeout", ge=0, le=_LONGEST)]
Tail = Annotated[int, Query(ge=0)]
Last = Annotated[str | None, Header(alias="Last-Event-ID")]


@_router.put("/settings")
async def want(relay: Here, desired: Desired) -> RelayStatus:
    return await relay.want(desired)


@_router.get("/status")
async def status(relay: Here, after: int = -1, seconds: Wait = 0) -> RelayStatus:
    await relay.news.wait(after, seconds)
    return relay.status()


@_router.get("/shares")
async def shares(relay: Here, after: int = -1, seconds: Wait = 0) -> Shares:
    await relay.news.wait(after, seconds)
    return relay.shares()


@_router.get("/events")
async def events(
    relay: Here, tail: Tail = 0, last: Last = None, *, follow: bool = True
) -> Response:
    return relay.events.answer(last, tail, follow=follow)


@_router.post("/shares/{name:path}/kick")
async def kick(relay: Here, name: str) -> ShareStatus:
    return await relay.kick(name)


@_router.post("/shares/{name:path}/extend")
async def extend(relay: Here, name: str, body: Extension) -> ShareStatus:
    return await relay.extend(name, None if body.by == "none" else body.by)


@_router.post("/shares/{name:path}/protect")
async def protect(relay: Here, name: str) -> Protected:
    return await relay.protect(name)


@_router.post("/shares/{name:path}/unprotect")
async def unprotect(relay: Here, name: str) -> ShareStatus:
    return await relay.unprotect(name)


@_router.get("/keys")
async def keys(relay: Here) -> list[KeyStatus]:
    return relay.keys()


@_router.post("/keys", status_code=201)
async def make_key(relay: Here, body: KeyRequest) -> MadeKey:
    return await relay.make_key(body)


@_router.patch("/keys/{name}")
async def change_key(relay: Here, name: str, body: KeyLimitsAsked) -> KeyStatus:
    return await relay.change_key(name, body)


@_router.delete("/keys/{name}")
async def revoke_key(relay: Here, name: str) -> KeyStatus:
    return await relay.revoke_key(name)


@_router.post("/keys/{name}/protect")
async def protect_key(relay: Here, name: str) -> ProtectedKey:
    return await relay.protect_key(name)


@_router.post("/keys/{name}/unprotect")
async def unprotect_key(relay: Here, name: str) -> KeyStatus:
    return await relay.unprotect_key(name)


@_router.post("/visits")
async def visits(relay: Here, ask: Ask) -> Reports:
    return await relay.visits(ask)


@_router.get("/healthz")
async def healthz(relay: Here) -> dict[str, bool]:
    return {"listening": relay.status().listening}


@_router.get("/metrics")
async def metrics(relay: Here) -> Response:
    return Response(own(RelayMetrics(relay)), media_type=TYPE)


async def _refused(_request: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, SteeringError) else ""
    status = 409 if isinstance(error, KeyExistsError) else 404
    return JSONResponse({"detail": str(error), "code": code}, status)


async def _full(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error), "code": "too-many-readers"}, 503)
