"""Answers to what cannot be done, all in one shape."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import Scope

from appliance.auth.forward.limiter import refusal
from appliance.control.apphost import AppHostAway, AppHostRefused
from appliance.control.relay import RelayAway, RelayRefused
from appliance.web.api.documents import Problem
from appliance.web.dashboard.machine import APPS_AWAY, RELAY_AWAY

_MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """Something a program can learn from."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def too_often(wait: float) -> ProblemError:
    seconds, text = refusal(wait)
    return ProblemError(429, text, Retry_After=str(seconds))


def problem(status: int, detail: str, **headers: str) -> JSONResponse:
    title = HTTPStatus(status).phrase
    body = Problem(title=title, status=status, detail=detail).model_dump()
    kept = {"Cache-Control": "no-store", **headers}
    return JSONResponse(body, status, kept, media_type=_MEDIA_TYPE)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: answers that a route may give beside the good one."""
    content = {_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted(statuses)
    }


def tell_problems(api: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Whatever goes wrong below, in these, is told as a problem."""

    @api.exception_handler(ProblemError)
    async def told(_: Request, error: ProblemError) -> JSONResponse:
        return problem(error.status, error.detail, **error.headers)

    @api.exception_handler(HTTPException)
    async def not_found(request: Request, error: HTTPException) -> JSONResponse:
        text = "There is nothing at this path, or not with this method."
        given = dict(error.headers or {})
        if error.status_code in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            text = error.detail
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # Starlette names those of one route alone, and a path may have several.
            given = {"Allow": ", ".join(sorted(_methods(routers, request.scope)))}
        return problem(error.status_code, text, **given)

    @api.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return problem(422, f"{where}: {first['msg']}")

    @api.exception_handler(AppHostRefused)
    @api.exception_handler(RelayRefused)
    async def refused(_: Request, error: Exception) -> JSONResponse:
        return problem(409, str(error))

    @api.exception_handler(AppHostAway)
    async def host_away(_: Request, __: AppHostAway) -> JSONResponse:
        return problem(503, APPS_AWAY, **_SOON)

    @api.exception_handler(RelayAway)
    async def relay_away(_: Request, __: RelayAway) -> JSONResponse:
        return problem(503, RELAY_AWAY, **_SOON)


def _methods(routers: Iterable[APIRouter], scope: Scope) -> set[str]:
    """Those that the path takes."""
    routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
    here = [route for route in routes if route.matches(scope)[0] is not Match.NONE]
    return {method for route in here for method in route.methods or ()}


_SOON = {"Retry-After": "5"}
