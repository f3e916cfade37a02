"""`appliance database`: where people are kept, when that changes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from appliance.auth import databases
from appliance.auth.tables import metadata, this_database
from appliance.cli import _people as people
from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError, NotRunningError
from appliance.commands import COMMAND, DOWN, UP
from appliance.config.findings import ConfigError
from appliance.config.loading import load
from appliance.config.secrets import Secret, SecretError
from appliance.control import guarding
from appliance.store.copying import copied
from appliance.supervisor import lock
from appliance.visits.tables import METADATA as VISITS

command = typer.Typer(
    help="Bring people along to another database, while the appliance is stopped.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Source = Annotated[
    Path | None,
    typer.Option("--from", help="A file with the former database's URL; absent: control.db."),
]


@command.command("copy")
def copy(file: sockets.File = sockets.DEFAULT_FILE, source: Source = None) -> None:
    """Copy people, sessions, tokens, the audit and visits into the database that the YAML names.

    The former one is left as it was.
    """
    data, wanted = _stopped(file), _wanted(file)
    former = Secret(_read(source)) if source else None
    if wanted == former:
        raise CliError(
            "The YAML names no other database than the one to copy from.",
            "Put `auth.database` in first; on the way back say `--from FILE`.",
        )
    if former is None and not (data / databases.FILE).exists():
        raise CliError(
            f"There is no {databases.FILE} in {data}.",
            "Say where people are: `--from FILE`, with the database's URL in the file.",
        )
    with _open(data, former) as reading:
        there = databases.found(reading)
        aside = None if wanted else databases.set_aside(data)
        with _open(data, wanted) as writing:
            _check(there, databases.found(writing))
            kept = [table for table in metadata.sorted_tables if table is not this_database]
            counts = copied(reading, writing, [*kept, *VISITS.sorted_tables])
            databases.remember(writing, data)
    people.done(
        f"Copied: people {counts['people']}, sessions {counts['sessions']}, tokens "
        f"{counts['tokens']}, events of the audit {counts['audit']}. `{UP}` starts with them."
    )
    if aside:
        people.show(people.note(f"What was in control.db before is in {aside}."))


@command.command("switch")
def switch(file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """Go on with the database that the YAML names as it is, without what is in the former one."""
    data, wanted = _stopped(file), _wanted(file)
    with _open(data, wanted) as engine:
        databases.remember(engine, data)
        count = databases.found(engine).people
    people.done(f"The appliance goes on with the other database; people in it: {count}.")


def _check(there: databases.Found, here: databases.Found) -> None:
    if there.id == here.id:
        raise CliError("Both are the same database.")
    if here.people:
        raise CliError(
            f"There are people ({here.people}) in the database that the YAML names.",
            f"Name an empty one, or go on with them: `{COMMAND} database switch`.",
        )


def _stopped(file: Path) -> Path:
    """The data folder, which nobody uses now."""
    where = sockets.places_of(file)
    running = lock.running(where.lock) is not None
    try:
        with sockets.control(file) as client:
            client.get("/healthz")
            running = True
    except NotRunningError:
        pass
    if running:
        # In a container, whose volumes are found only while there are containers.
        stop = "docker compose stop" if "APPLIANCE_RUN" in os.environ else DOWN
        raise CliError("The appliance runs.", f"Stop it first: `{stop}`.")
    where.data.mkdir(parents=True, exist_ok=True)
    return where.data


def _wanted(file: Path) -> Secret | None:
    try:
        return guarding.database(load(file).config, file.absolute().parent)
    except ConfigError:
        raise CliError(f"{file} cannot be used.", f"`{COMMAND} check` says why.") from None
    except SecretError as error:
        raise CliError(f"{error}.", f"Put there: {error.remedy}.") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise CliError(f"{path} cannot be read.") from None


@contextmanager
def _open(data: Path, where: Secret | None) -> Iterator[Engine]:
    try:
        engine = databases.opened(data, where)
    except databases.UnusableDatabaseError as error:
        raise CliError(str(error)) from None
    try:
        yield engine
    except SQLAlchemyError as error:
        said = " ".join(str(error.__cause__ or error).split())
        raise CliError(f"Nothing was copied: {said}.") from None
    finally:
        engine.dispose()
