"""What a person sees while the appliance runs: progress, then news."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from pydantic import ValidationError
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from appliance.apps.model import AppStatus, Phase, Problem
from appliance.cli._addresses import in_force
from appliance.cli._tables import Uncut, overview, problem_of, state
from appliance.commands import COMMAND
from appliance.config.access import needs_key
from appliance.config.addresses import launch_arguments, link
from appliance.config.addresses import overview as front_page
from appliance.config.findings import Finding
from appliance.config.schema import Config
from appliance.control.status import Status

_REACHED = Text(f"Whether others find it, `{COMMAND} doctor` says.")
_SOON, _NOW_AND_THEN = 0.5, 2.0
_BUSY = {Phase.WAITING, Phase.BUILDING, Phase.STARTING}

Ask = Callable[[], Awaitable[Status | None]]
"""The control process's status; None while it does not answer."""


def asker(socket: Path) -> Ask:
    """Asks over the control process's Unix socket."""
    client = httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(socket)), base_url="http://control", timeout=10
    )

    async def ask() -> Status | None:
        try:
            answer = await client.get("/status")
            return Status.model_validate_json(answer.content) if answer.is_success else None
        except (httpx.TransportError, ValidationError):
            return None

    return ask


@dataclass(frozen=True)
class Settled:
    """The appliance at the moment when every app was live or had failed."""

    status: Status
    config: Config

    @property
    def all_live(self) -> bool:
        return all(app.phase is Phase.LIVE for app in self.status.host.apps)


def settled(status: Status) -> Settled | None:
    """Whether nothing is on its way any more: no build, no start, no route."""
    config = in_force(status)
    named = {app.name for app in status.host.apps} == set(config.apps)
    shares = config.share is None or _known(status)
    if named and shares and status.host.converged and status.routes.live:
        return Settled(status, config)
    return None


def _known(status: Status) -> bool:
    """Whether clients can share, or it is known why not."""
    excused = any(notice.code in ("relay", "relay-away") for notice in status.notices)
    return excused or (status.relay is not None and status.relay.listening)


async def progress(ask: Ask, console: Console) -> Settled:
    """Show how the apps come up, until they have."""
    if not console.is_terminal:
        return await _plain_progress(ask, console)
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        live.update(Spinner("dots", "starting"))
        while True:
            status = await ask()
            if status is not None:
                if found := settled(status):
                    return found
                live.update(_picture(status))
            await asyncio.sleep(_SOON)


def _picture(status: Status) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for app in status.host.apps:
        mark = Spinner("dots", style="yellow") if app.phase in _BUSY else state(app)[:1]
        text = app.progress or app.phase.value
        grid.add_row(mark, Text(app.name, style="bold"), Text(text, style="dim", no_wrap=True))
    if not status.host.apps or status.host.converged:
        grid.add_row(Spinner("dots", style="yellow"), "routes", Text("opening", style="dim"))
    return grid


async def _plain_progress(ask: Ask, console: Console) -> Settled:
    told: dict[str, str] = {}
    while True:
        status = await ask()
        if status is not None:
            for app in status.host.apps:
                line = f"{app.name}: {app.phase.value}"
                if app.progress and app.phase in _BUSY:
                    line += f", {app.progress}"
                if told.get(app.name) != line:
                    console.print(Text(line), soft_wrap=True)
                told[app.name] = line
            if found := settled(status):
                return found
        await asyncio.sleep(_SOON)


def result(found: Settled, now: datetime) -> RenderableType:
    """The table of the apps and where to go."""
    links = {name: link(found.config, name) for name in found.config.apps}
    front = front_page(found.config) + "/"
    return Group(
        Text(),
        overview(found.status.host, links, now),
        Text(),
        Text.assemble("Open ", (front, f"bold link {front}")),
        *_share(found.config),
        *_notices(found.status),
        *([_REACHED] if found.config.public else []),
    )


def _share(config: Config) -> list[RenderableType]:
    if config.share is None:
        return []
    call = Text(f"    demo.launch({launch_arguments(config)})", "bold")
    told: list[RenderableType] = [
        Text("Share an app from any notebook or script with a link:"),
        Uncut(call),
    ]
    if needs_key(config):
        told.append(
            Text(f"It needs a key: `{COMMAND} keys create NAME` makes one and says how it is used.")
        )
    return told


def _notices(status: Status) -> list[RenderableType]:
    return [
        Text.assemble(("! ", "yellow"), notice.message, (" → ", "cyan"), notice.remedy)
        for notice in status.notices
    ]


async def news(ask: Ask, console: Console, known: Status) -> None:
    """For ever: a line for each change somebody wants to hear of."""
    while True:
        await asyncio.sleep(_NOW_AND_THEN)
        status = await ask()
        # A control process that has just come back does not know the apps yet: no news.
        if status is None or status.host.version < 0:
            continue
        for part in changes(known, status):
            line = Table.grid(padding=(0, 2, 0, 0))
            line.add_row(Text(f"{datetime.now(UTC).astimezone():%H:%M:%S}", style="dim"), part)
            console.print(line)
        known = status


def changes(before: Status, after: Status) -> list[RenderableType]:
    """What differs between two states, in words."""
    parts: list[RenderableType] = []
    if after.config.findings != before.config.findings or after.config.state != before.config.state:
        parts += _of_config(after)
    elif after.text != before.text:
        parts.append(Text("the new configuration is in force"))
    former = {app.name: app for app in before.host.apps}
    for app in after.host.apps:
        parts += _of_app(former.get(app.name), app)
    gone = former.keys() - {app.name for app in after.host.apps}
    parts += [Text(f"{name}: removed") for name in sorted(gone)]
    parts += [
        Text.assemble(("! ", "yellow"), notice.message, (" → ", "cyan"), notice.remedy)
        for notice in after.notices
        if notice not in before.notices
    ]
    return parts


def _of_config(status: Status) -> list[RenderableType]:
    if status.config.state == "ok":
        return [Text.assemble(("✓ ", "green"), f"{_name(status)} is fine and in force")]
    head = f"{_name(status)} is {status.config.state}; the last good configuration goes on serving"
    findings = (Text(f"  {finding}") for finding in _errors(status))
    return [Group(Text.assemble(("✗ ", "red"), head), *findings)]


def _errors(status: Status) -> list[Finding]:
    return [finding for finding in status.config.findings if finding.severity == "error"]


def _name(status: Status) -> str:
    return Path(status.config.file).name


def _of_app(before: AppStatus | None, after: AppStatus) -> list[RenderableType]:
    if after.problem is not None and not _same(before.problem if before else None, after.problem):
        return [problem_of(after)]
    if before is not None and (before.phase, before.live) == (after.phase, after.live):
        return []
    line = Text.assemble(after.name, ": ", state(after))
    return [line.append(f" ({after.live})", style="dim") if after.live else line]


def _same(before: Problem | None, after: Problem) -> bool:
    return before is not None and (before.code, before.release, before.summary) == (
        after.code,
        after.release,
        after.summary,
    )
