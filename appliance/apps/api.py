"""The app host's API on its Unix socket, as docs/architecture.md describes it."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import Response, StreamingResponse

from appliance.apps.host import AppHost
from appliance.apps.metrics import AppsMetrics
from appliance.apps.model import Desired, HostStatus, Storage
from appliance.apps.supervision import Supervised
from appliance.apps.upkeep import Cache, NobodyThereError
from appliance.document import Document
from appliance.metrics.text import TYPE, own
from appliance.refusing import refuse_in_words
from appliance.visits.model import Ask, Reports

_LONGEST = 60.0
"""Seconds a request for news is held at most."""
_router = APIRouter()


class Routed(Document):
    """Instances that visitors are sent to."""

    instances: tuple[str, ...]


class Rollback(Document):
    """The release to serve; None: the former."""

    to: str | None = None


def api(host: AppHost) -> FastAPI:
    """The API of one app host."""
    app = FastAPI(title="Gradio Appliance: app host", docs_url=None, redoc_url=None)
    app.state.host = host
    app.include_router(_router)
    refuse_in_words(app)
    return app


def _of(request: Request) -> AppHost:
    host: AppHost = request.app.state.host
    return host


Host = Annotated[AppHost, Depends(_of)]
Tail = Annotated[int, Query(ge=0, le=100_000)]
Wait = Annotated[float, Query(alias="timeout", ge=0, le=_LONGEST)]


@_router.put("/apps")
async def want(host: Host, desired: Desired) -> HostStatus:
    return await host.want(desired)


@_router.get("/apps")
async def apps(host: Host, after: int = -1, seconds: Wait = 0) -> HostStatus:
    return await host.wait(after, seconds)


@_router.post("/apps/{name}/routed")
async def routed(host: Host, name: str, body: Routed) -> HostStatus:
    _known(host, name).routed(body.instances)
    return host.status


@_router.post("/apps/{name}/deploy")
async def deploy(host: Host, name: str) -> HostStatus:
    _known(host, name).deploy()
    return host.status


@_router.post("/apps/{name}/restart")
async def restart(host: Host, name: str) -> HostStatus:
    _known(host, name).restart()
    return host.status


@_router.post("/apps/{name}/rollback")
async def rollback(host: Host, name: str, body: Rollback | None = None) -> HostStatus:
    app = _known(host, name)
    try:
        app.rollback(body.to if body else None)
    except LookupError as error:
        raise HTTPException(409, str(error)) from None
    return host.status


@_router.get("/apps/{name}/logs")
async def logs(
    host: Host, name: str, tail: Tail = 200, *, follow: bool = False
) -> StreamingResponse:
    return _text(host.logs(_known(host, name).name, tail=tail, follow=follow))


@_router.get("/apps/{name}/build")
async def build(
    host: Host, name: str, tail: Tail = 200, *, follow: bool = False
) -> StreamingResponse:
    return _text(host.build_log(_known(host, name).name, tail=tail, follow=follow))


@_router.get("/apps/{name}/storage")
async def storage(host: Host, name: str) -> Storage:
    try:
        return await host.storage(_known(host, name).name)
    except NobodyThereError as error:
        raise HTTPException(409, str(error)) from None


@_router.delete("/apps/{name}/storage/{cache}")
async def clean(host: Host, name: str, cache: Cache) -> Storage:
    try:
        return await host.clean(_known(host, name).name, cache)
    except NobodyThereError as error:
        raise HTTPException(409, str(error)) from None


@_router.get("/apps/{name}/thumbnail")
async def thumbnail(host: Host, name: str) -> Response:
    picture = await host.thumbnail(_known(host, name).name)
    if picture is None:
        raise HTTPException(404, f"The app {name!r} has no picture.")
    return Response(picture.content, media_type=picture.kind)


@_router.post("/visits")
async def visits(host: Host, ask: Ask) -> Reports:
    return await host.visits(ask)


@_router.get("/metrics")
async def metrics(host: Host) -> Response:
    return Response(own(AppsMetrics(lambda: host.status)), media_type=TYPE)


@_router.get("/healthz")
async def healthz(host: Host) -> dict[str, bool]:
    return {"converged": host.status.converged}


def _known(host: AppHost, name: str) -> Supervised:
    try:
        return host.app(name)
    except KeyError:
        raise HTTPException(404, f"There is no app {name!r}.") from None


def _text(lines: AsyncIterator[str]) -> StreamingResponse:
    async def encoded() -> AsyncIterator[str]:
        async for line in lines:
            yield line + "\n"

    return StreamingResponse(encoded(), media_type="text/plain; charset=utf-8")
