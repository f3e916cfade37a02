"""`appliance status`: whether all is well, and if not, what to do."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from appliance.apps.model import Phase
from appliance.cli import _display as display
from appliance.cli import _sockets as sockets
from appliance.cli._addresses import in_force
from appliance.cli._addresses import status as known_status
from appliance.cli._errors import FAILED
from appliance.cli._lasting import Lasting
from appliance.cli._setup import show_setup_link
from appliance.config.addresses import overview, share_domain
from appliance.control.status import Status

Wait = Annotated[
    bool, typer.Option("--wait", help="Show progress until every app is live or has failed.")
]


def command(
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
    wait: Wait = False,
) -> None:
    """Show whether all is well. Exit code 1 when something needs you."""
    if wait:
        _wait(file)
        return
    status = known_status(file)
    if as_json:
        typer.echo(status.model_dump_json(indent=2))
    else:
        console = Console(highlight=False)
        for line in lines(status):
            console.print(line, soft_wrap=True)
    if needs_you(status):
        raise typer.Exit(FAILED)


def _wait(file: Path) -> None:
    known_status(file)  # says so at once if nobody answers
    console = Lasting(highlight=False)
    ask = display.asker(sockets.run_folder(file) / "control.sock")
    found = asyncio.run(display.progress(ask, console))
    console.print(display.result(found, datetime.now(UTC)), crop=False)
    show_setup_link(found.status, file, console)
    if not found.all_live:
        raise typer.Exit(FAILED)


def needs_you(status: Status) -> bool:
    """Whether anything is wrong that will not mend itself."""
    return bool(
        status.config.state != "ok"
        or status.notices
        or any(app.problem for app in status.host.apps)
    )


def lines(status: Status) -> list[Text]:
    """A line for each part, and below it what is wrong with it."""
    url = overview(in_force(status)) + "/"
    return [
        # Which port is another than the one in the YAML, a notice tells.
        _line(all(n.code != "ports-differ" for n in status.notices), "Address", url),
        *_config(status),
        *_apps(status),
        *_shares(status),
        _line(status.routes.live, "Routes", "; ".join(status.routes.detail) or "live"),
        *(_line(False, "Notice", _with_remedy(n.message, n.remedy)) for n in status.notices),
    ]


def _config(status: Status) -> list[Text]:
    name = Path(status.config.file).name
    if status.config.state == "ok":
        return [_line(True, "YAML", f"{name} is in force")]
    errors = [f for f in status.config.findings if f.severity == "error"]
    return [
        _line(False, "YAML", f"{name} is {status.config.state}; the last good one is in force"),
        *(Text(f"    {finding}") for finding in errors),
    ]


def _apps(status: Status) -> list[Text]:
    count = Counter(app.phase for app in status.host.apps)
    words = ", ".join(f"{count[phase]} {phase.value}" for phase in Phase if count[phase])
    problems = [app for app in status.host.apps if app.problem]
    return [
        _line(not problems, "Apps", words or "none"),
        *(
            Text(f"    {app.name}: {_with_remedy(app.problem.summary, app.problem.remedy)}")
            for app in problems
            if app.problem
        ),
    ]


def _with_remedy(told: str, remedy: str) -> str:
    """What was told may be the app's own words, which end as they like."""
    return f"{told} → {remedy}" if remedy else told


def _shares(status: Status) -> list[Text]:
    config, relay = in_force(status), status.relay
    domain = share_domain(config)
    if config.share is None or domain is None:
        return []
    if relay is None:
        return [_line(False, "Shares", "the relay has not answered yet")]
    if any(notice.code == "relay-away" for notice in status.notices):
        return [_line(False, "Shares", "the relay does not answer")]
    parts = [f"{relay.connected} live"]
    parts += [f"{relay.away} away"] if relay.away else []
    parts += [f"{relay.ending} ending soon"] if relay.ending else []
    where = f"clients connect to port {config.share.port}"
    text = f"{', '.join(parts)}; {where if relay.listening else 'no client can connect now'}"
    return [_line(relay.listening, "Shares", text)]


def _line(good: bool, name: str, text: str) -> Text:
    mark = ("✓ ", "green") if good else ("! ", "yellow")
    return Text.assemble(mark, (f"{name:<8} ", "dim"), text)
