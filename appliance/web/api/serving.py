"""The API as one application, on the host of the overview alone, with a page about itself."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from appliance import __version__
from appliance.auth.door import Door
from appliance.auth.forward.limiter import Limiter
from appliance.config.access import guards
from appliance.config.addresses import overview
from appliance.config.schema import Config
from appliance.web.answers import Answer
from appliance.web.api.callers import Callers
from appliance.web.api.documents import Problem
from appliance.web.api.problems import problem, tell_problems
from appliance.web.api.routes import apps_router, shares_router, you_router
from appliance.web.api.tokens import tokens_router
from appliance.web.api.visits import visits_router
from appliance.web.dashboard.machine import Machine
from appliance.web.place import Kind, bare_host, place

API = "/-/api/v1"
_ROUTERS = (you_router, apps_router, shares_router, visits_router, tokens_router)
_ABOUT = """What the dashboard and the command line do, for programs.

Show a token from your account page as `Authorization: Bearer gat_…`."""


def api(machine: Machine, door: Door, limiter: Limiter) -> ASGIApp:
    """To be mounted at `API`. `limiter`: who calls too often is told so."""

    def config() -> Config:
        return machine.now().config

    served = FastAPI(
        title="Gradio Appliance",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    tell_problems(served, _ROUTERS)
    served.state.callers = Callers(door, machine, limiter)
    for router in _ROUTERS:
        served.include_router(router)

    @served.get("/", include_in_schema=False)
    async def about(request: Request) -> Response:
        return _page(served, config()).to(request)

    _publish(served)
    return _Here(served, config)


class _Here:
    """Nothing of it is on the hosts of apps and of shares: their code would be asked instead."""

    def __init__(self, served: ASGIApp, config: Callable[[], Config]) -> None:
        self._served = served
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._served
        if not _here(self._config(), Request(scope).headers.get("host", "")):
            app = problem(404, f"The API is at {overview(self._config())}{API}.")
        await app(scope, receive, send)


def _here(config: Config, host: str) -> bool:
    if config.public:
        return bare_host(host) == config.domain
    # Other names that lead to the loopback are web sites' attempts to reach this machine.
    return place(config, host, "/").kind not in (Kind.UNKNOWN_HOST, Kind.SHARE)


def _publish(served: FastAPI) -> None:
    """OpenAPI with the one shape of problems in it, made once."""
    made: dict[str, Any] = FastAPI.openapi(served)
    made["servers"] = [{"url": API}]
    made["components"]["schemas"]["Problem"] = Problem.model_json_schema()
    for operation in _operations(made):
        # FastAPI describes refused input in a shape of its own.
        refused = operation["responses"].get("422")
        if refused and "application/json" in refused["content"]:
            del refused["content"]["application/json"]
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)
    served.openapi_schema = made


def _operations(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in made["paths"].values() for operation in path.values()]


def _page(served: FastAPI, config: Config) -> Answer:
    groups: dict[str, list[dict[str, str]]] = {}
    for path, methods in served.openapi()["paths"].items():
        for method, operation in methods.items():
            entry = {"method": method.upper(), "path": path, "summary": operation["summary"]}
            groups.setdefault(operation["tags"][0], []).append(entry)
    home = overview(config)
    values = {
        "groups": groups,
        "url": home + API,
        "home": home + "/",
        "guarded": guards(config),
    }
    return Answer("api.html", values, program={"openapi": f"{home}{API}/openapi.json"})
