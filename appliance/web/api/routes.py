"""What the API can be asked for; each does what the pages and the command line do."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse

from appliance.control.apphost import Verb, Written
from appliance.web.api.callers import Asking, Caller
from appliance.web.api.documents import (
    AppDetail,
    AppFacts,
    Extension,
    Me,
    Rollback,
    ShareFacts,
    detail,
    facts,
    share_facts,
)
from appliance.web.api.problems import ProblemError, responses
from appliance.web.dashboard.apps import status_of
from appliance.web.dashboard.machine import Relay

_ALWAYS = (400, 401, 403, 429)
AppName = Annotated[str, Path(max_length=64, description="As in the YAML.")]
ShareName = Annotated[str, Path(max_length=253, description="As `GET /shares` tells it.")]
Lines = Annotated[int, Query(ge=1, le=2000, description="How many of the last lines.")]
_BEGUN = "Begun; `GET /apps/{app}` tells how it goes on."

you_router = APIRouter(tags=["You"], responses=responses(*_ALWAYS))
apps_router = APIRouter(tags=["Apps"], responses=responses(*_ALWAYS))
shares_router = APIRouter(tags=["Shares"], responses=responses(*_ALWAYS))


@you_router.get("/me", summary="Who you are to the appliance")
async def me(caller: Asking) -> Me:
    person = caller.person
    return Me(
        name=person.name if person else None,
        groups=sorted(person.groups) if person else [],
        administers=caller.administers,
    )


@apps_router.get("/apps", summary="The apps you may open; administrators see all")
async def apps(caller: Asking) -> list[AppFacts]:
    return [facts(caller.now, name) for name in caller.config.apps if caller.sees(name)]


@apps_router.get("/apps/{app}", summary="One app in detail", responses=responses(404, 422))
async def app(caller: Asking, app: AppName) -> AppDetail:
    _mine(caller, app)
    return detail(caller.now, status_of(caller.now, app))


@apps_router.get(
    "/apps/{app}/logs",
    summary="What the app wrote last",
    response_class=PlainTextResponse,
    responses=responses(404, 422, 503),
)
async def logs(
    caller: Asking, app: AppName, tail: Lines = 200, of: Written = "logs"
) -> PlainTextResponse:
    """`of=build`: what was written while its environment was made."""
    _mine(caller, app)
    lines = caller.machine.apps.lines(app, of, tail=tail, follow=False)
    text = "".join([f"{line}\n" async for line in lines])
    return PlainTextResponse(text, headers={"Cache-Control": "no-store"})


async def _act(caller: Caller, app: str, verb: Verb, to: str | None = None) -> None:
    _mine(caller, app)
    await caller.machine.apps.act(app, verb, to)
    caller.audit(f"app.{verb}", app, app, to or "")


def _verb(path: str, summary: str) -> Callable[..., object]:
    return apps_router.post(
        f"/apps/{{app}}/{path}",
        status_code=202,
        summary=summary,
        response_description=_BEGUN,
        responses=responses(404, 409, 422, 503),
    )


@_verb("deploy", "Make a release of the source as it is now")
async def deploy(caller: Asking, app: AppName) -> None:
    await _act(caller, app, "deploy")


@_verb("restart", "Replace the app's instances")
async def restart(caller: Asking, app: AppName) -> None:
    await _act(caller, app, "restart")


@_verb("rollback", "Serve a former release again")
async def rollback(caller: Asking, app: AppName, order: Rollback) -> None:
    await _act(caller, app, "rollback", order.to)


@shares_router.get("/shares", summary="Links, also past ones", responses=responses(404, 503))
async def shares(caller: Asking) -> list[ShareFacts]:
    return [share_facts(one) for one in (await _relay(caller).shares()).shares]


@shares_router.delete(
    "/shares/{name}",
    status_code=204,
    summary="End a link",
    responses=responses(404, 409, 422, 503),
)
async def kick(caller: Asking, name: ShareName) -> None:
    await _relay(caller).kick(name)
    caller.audit("share.kicked", name)


@shares_router.post(
    "/shares/{name}/extend",
    status_code=204,
    summary="Let a link live longer",
    responses=responses(404, 409, 422, 503),
)
async def extend(caller: Asking, name: ShareName, order: Extension) -> None:
    await _relay(caller).extend(name, order.by)
    caller.audit("share.extended", name)


def _mine(caller: Caller, app: str) -> None:
    caller.must_administer(app)
    caller.must_see(app)


def _relay(caller: Caller) -> Relay:
    caller.must_administer()
    if caller.machine.relay is None or caller.config.share is None:
        raise ProblemError(404, "Nothing is shared here: the YAML has no `share`.")
    return caller.machine.relay
