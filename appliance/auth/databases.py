"""The appliance's one database: opened where the YAML says, and known again at the next start."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from appliance import disk
from appliance.auth import tables
from appliance.auth.secrets import new_id
from appliance.config.secrets import Secret
from appliance.store.database import open_database, url_of

FILE = "control.db"
_NOTE = "database"
"""In the data folder: which one it was the last time."""


class UnusableDatabaseError(Exception):
    """The database cannot be had. Names the server's reason, never the URL."""


class AnotherDatabaseError(Exception):
    """It is another one than the last time, and people would be missing."""

    def __init__(self) -> None:
        super().__init__("People and sessions were kept in another database until now.")


class Found(NamedTuple):
    id: str
    people: int


def known(data: Path, database: Secret | None) -> Engine:
    """The database at this URL, or else in the data folder, unless people would be left behind.

    Raises `UnusableDatabaseError`, `AnotherDatabaseError`.
    """
    engine = opened(data, database)
    former = _noted(data)
    if former != found(engine).id and not _nobody_is_left_behind(engine, data, former):
        engine.dispose()
        raise AnotherDatabaseError
    remember(engine, data)
    return engine


def opened(data: Path, database: Secret | None) -> Engine:
    """Whichever it is. Raises `UnusableDatabaseError`."""
    engine = _elsewhere(database) if database else _here(data / FILE)
    with engine.begin() as connection:
        if connection.scalar(select(tables.this_database.c.id)) is None:
            connection.execute(insert(tables.this_database).values(id=new_id()))
    return engine


def found(engine: Engine) -> Found:
    """Which one it is, and how many people are in it."""
    with engine.connect() as connection:
        return Found(
            connection.execute(select(func.min(tables.this_database.c.id))).scalar_one(),
            connection.execute(select(func.count()).select_from(tables.people)).scalar_one(),
        )


def remember(engine: Engine, data: Path) -> None:
    """From now on it is this one."""
    here = found(engine).id
    if _noted(data) != here:
        disk.write(data / _NOTE, f"{here}\n")


def set_aside(data: Path) -> Path | None:
    """Rename the file in the data folder if there are people in it; where it is then."""
    path = data / FILE
    if not (there := _in_file(path)) or not there.people:
        return None
    with closing(sqlite3.connect(path)) as connection:
        # All of it into the one file that is renamed.
        connection.execute("PRAGMA journal_mode=DELETE")
    return path.rename(data / f"control-until-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.db")


def _nobody_is_left_behind(engine: Engine, data: Path, former: str) -> bool:
    if engine.dialect.name == "sqlite":
        return not former
    in_file = _in_file(data / FILE)
    if not former:
        # Of a version that made no note of it.
        return found(engine).people > 0 or in_file is None or in_file.people == 0
    return in_file is not None and (in_file.id, in_file.people) == (former, 0)


def _in_file(path: Path) -> Found | None:
    """What is in the file; None if there is none. It may be of an older version."""
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        ids = _column(connection, "SELECT min(id) FROM this_database")
        people = _column(connection, "SELECT count(*) FROM people")
    return Found(ids or "", people or 0)


def _column(connection: sqlite3.Connection, query: str) -> Any:
    try:
        row = connection.execute(query).fetchone()
    except sqlite3.DatabaseError:
        return None
    return row[0] if row else None


def _noted(data: Path) -> str:
    try:
        return (data / _NOTE).read_text().strip()
    except FileNotFoundError:
        return ""


def _here(path: Path) -> Engine:
    # Before SQLite makes it, which gives the files beside it the same mode.
    path.touch(mode=0o600)
    try:
        return open_database(url_of(path), "control")
    except SQLAlchemyError as error:
        raise UnusableDatabaseError(f"{path} cannot be used: {_reason(error)}") from None


def _elsewhere(database: Secret) -> Engine:
    try:
        url = make_url(database.reveal())
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise UnusableDatabaseError("`auth.database` is no URL of a PostgreSQL database.")
    try:
        return open_database(url.render_as_string(hide_password=False), "control")
    except SQLAlchemyError as error:
        where = f"{url.host or 'this machine'}, {url.database or 'no name'}"
        text = f"The database of `auth.database` ({where}) cannot be used: {_reason(error)}"
        raise UnusableDatabaseError(text) from None


def _reason(error: SQLAlchemyError) -> str:
    """What the driver said, in one line; SQLAlchemy's own words come with the statement."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return " ".join(str(said).split())
