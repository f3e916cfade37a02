"""The state of the apps as people read it on a terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from appliance.amounts import size, span
from appliance.apps.model import AppStatus, HostStatus, InstanceState, Phase, Problem

_LOOK = {
    Phase.WAITING: ("○", "dim"),
    Phase.BUILDING: ("◐", "yellow"),
    Phase.STARTING: ("◑", "yellow"),
    Phase.LIVE: ("●", "green"),
    Phase.FAILED: ("✗", "red"),
}
DETAIL_LINES = 12
_NONE = Text("-", style="dim")


def overview(status: HostStatus, addresses: Mapping[str, str], now: datetime) -> RenderableType:
    """The table, and below it whatever somebody has to act on."""
    if not status.apps:
        return Text("The YAML names no apps.", style="dim")
    problems = [Group(Text(), problem_of(app)) for app in status.apps if app.problem]
    tables = [table(status, addresses, now, leave_out=count) for count in range(4)]
    ends = [Group(Text(), ended_of(app)) for app in status.apps if app.ended]
    return Group(Widest(*tables), *problems, *ends)


class Widest:
    """The first of several renderings that fits on the terminal uncut, else the last."""

    def __init__(self, *renderings: Table) -> None:
        self._renderings = renderings

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = options.max_width
        for rendering in self._renderings[:-1]:
            # Asked without a limit: a table makes itself fit any.
            wide = options.update(width=1000)
            if Measurement.get(console, wide, rendering).maximum <= room:
                yield rendering
                return
        yield self._renderings[-1]


@dataclass(frozen=True)
class Uncut:
    """One line, however long, since it is there to be copied: a terminal may break it.

    To be printed with `crop=False`.
    """

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.text.render(console, end="\n")


@dataclass(frozen=True)
class Quoted:
    """What an app wrote, behind a bar that goes on where a line has to be broken."""

    line: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for part in self.line.wrap(console, options.max_width - 4) or [Text()]:
            yield Text.assemble(("  │ ", "dim"), part)


def table(
    status: HostStatus, addresses: Mapping[str, str], now: datetime, *, leave_out: int = 0
) -> Table:
    """One line an app, without the last `leave_out` columns.

    Instances are told where they are not just one that is ready.
    """
    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    found.add_column("App", style="bold", no_wrap=True)
    found.add_column("State", no_wrap=True)
    found.add_column("Address", no_wrap=True)
    several = any(len(app.instances) != 1 or _ready(app) != 1 for app in status.apps)
    more = ["Release", *(["Instances"] if several else []), "Memory", "Since"]
    more = more[: len(more) - leave_out]
    for heading in more:
        found.add_column(heading, justify="left" if heading == "Release" else "right", no_wrap=True)
    for app in status.apps:
        instances = [_instances(app)] if several else []
        where = _link(addresses.get(app.name))
        cells = (_release(app), *instances, _memory(app), _since(app, now))
        found.add_row(app.name, state(app), where, *cells[: len(more)])
    return found


def state(app: AppStatus) -> Text:
    """The phase with its mark, and what is going on right now."""
    mark, style = _LOOK[app.phase]
    text = Text.assemble((mark, style), " ", (app.phase.value, style))
    if app.phase is Phase.LIVE and app.problem:
        text.append(" !", style="yellow")
    return text


def problem_of(app: AppStatus) -> RenderableType:
    """What happened, the last lines of the app's own output, what to do."""
    problem = app.problem
    if problem is None:
        return Text()
    mark, style = ("!", "yellow") if app.phase is Phase.LIVE else ("✗", "red")
    parts: list[RenderableType] = [
        Text.assemble((f"{mark} {app.name}  ", f"bold {style}"), problem.summary)
    ]
    if app.phase is Phase.LIVE and problem.release and app.live != problem.release:
        parts.append(Text(f"  {app.live} goes on serving.", style="dim"))
    parts += _detail(problem)
    if problem.remedy:
        parts.append(Text.assemble(("  → ", "cyan"), problem.remedy))
    return Group(*parts)


def ended_of(app: AppStatus) -> RenderableType:
    """What happened to an instance that another one has replaced."""
    if app.ended is None:
        return Text()
    problem, at = app.ended.problem, app.ended.at.astimezone(UTC)
    return Group(
        Text.assemble((f"! {app.name}  ", "bold yellow"), problem.summary),
        Text(f"  That was on {at:%-d %b at %H:%M} UTC; it was started again.", style="dim"),
        *([Text.assemble(("  → ", "cyan"), problem.remedy)] if problem.remedy else []),
    )


def _detail(problem: Problem) -> list[RenderableType]:
    lines = problem.detail.rstrip().splitlines()[-DETAIL_LINES:]
    # Text, not markup: what an app prints steers neither colours nor links.
    return [Quoted(Text(line, "dim")) for line in map(_printable, lines)]


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else " " for char in line)


def _link(url: str | None) -> Text:
    return Text(url, style=f"link {url}") if url else _NONE


def _release(app: AppStatus) -> Text:
    if app.live is None:
        return _NONE
    return Text.assemble(app.live, (" pinned", "yellow") if app.pinned else "")


def _instances(app: AppStatus) -> Text:
    ready = _ready(app)
    if not app.instances:
        return _NONE
    whole = ready == len(app.instances)
    return Text(str(ready)) if whole else Text(f"{ready} of {len(app.instances)}", style="yellow")


def _ready(app: AppStatus) -> int:
    return sum(instance.state is InstanceState.READY for instance in app.instances)


def _memory(app: AppStatus) -> Text:
    known = [instance.memory for instance in app.instances if instance.memory is not None]
    return Text(size(sum(known))) if known else _NONE


def _since(app: AppStatus, now: datetime) -> Text:
    if not app.instances:
        return _NONE
    return Text(span(now - min(instance.started for instance in app.instances)))
