"""The control process's own API on `control.sock`, for the command line and health checks."""

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from appliance.certs.planning import full_plan
from appliance.config.findings import ConfigError
from appliance.config.loading import load_text
from appliance.config.planning import Plan
from appliance.control.status import Snapshot, Status
from appliance.refusing import refuse_in_words


def api(snapshot: Callable[[], Snapshot], *routers: APIRouter) -> FastAPI:
    app = FastAPI(title="Control", openapi_url=None)
    for router in routers:
        app.include_router(router)
    refuse_in_words(app)

    @app.get("/status")
    async def status() -> Status:
        return snapshot().status

    @app.post("/plan")
    async def what_would_change(request: Request) -> Response:
        """The body is a YAML text; the answer is what it would change if it were saved now."""
        text = (await request.body()).decode("utf-8", "replace")
        try:
            found = planned(snapshot(), text)
        except ConfigError as error:
            return JSONResponse({"detail": str(error)}, 422)
        return JSONResponse({"steps": found.as_json()})

    @app.get("/healthz")
    async def healthz() -> dict[str, bool]:
        return {"ok": True}

    return app


def planned(now: Snapshot, text: str) -> Plan:
    """What a YAML text would change if it were saved now. Raises `ConfigError`."""
    new = load_text(text, Path(now.status.config.file)).config
    return full_plan(now.config, new, now.status.certificates)
