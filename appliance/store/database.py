"""Opening a database: SQLite in a file by default, PostgreSQL by URL."""

from pathlib import Path
from typing import Any, Literal

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import OperationalError

_BUSY = 5.0
"""Seconds a writer waits for another one; longer means that something is stuck."""

Owner = Literal["control", "relay"]


def url_of(path: Path) -> str:
    """The URL of a database in a file of this machine."""
    return f"sqlite:///{path}"


def open_database(url: str, owner: Owner) -> Engine:
    """The owner's database with all its tables, migrated if it was made by an older version.

    Raises `sqlalchemy.exc.SQLAlchemyError` if it cannot be opened or migrated.
    """
    where = make_url(url)
    if where.get_backend_name() != "sqlite":
        return _migrated(_postgresql(where), owner)
    try:
        return _migrated(_sqlite(url), owner)
    except OperationalError as error:
        if owner != "relay" or not _lacks_shared_memory(error):
            raise
    # The disk is full. Alone with its file SQLite needs none, and the relay never asks for two
    # connections at once: what is known can be read, and written once there is room.
    return _migrated(_sqlite(url, alone=True), owner)


def _migrated(engine: Engine, owner: Owner) -> Engine:
    try:
        migrate(engine, owner)
    except BaseException:
        engine.dispose()
        raise
    return engine


def migrate(engine: Engine, owner: Owner) -> None:
    """Bring the tables to this version's shape."""
    config = Config()
    config.set_main_option("script_location", "appliance.store:migrations")
    config.set_main_option("version_locations", f"appliance.store:migrations/{owner}/versions")
    # Where these would be split: in none of them is one.
    config.set_main_option("path_separator", "newline")
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def _postgresql(url: URL) -> Engine:
    return sqlalchemy.create_engine(
        url.set(drivername="postgresql+psycopg"),
        # A server that was restarted is asked anew, instead of failing for somebody.
        pool_pre_ping=True,
        connect_args={"connect_timeout": int(_BUSY)},
    )


def _lacks_shared_memory(error: OperationalError) -> bool:
    return getattr(error.orig, "sqlite_errorname", "").startswith("SQLITE_IOERR_SHM")


def _sqlite(url: str, *, alone: bool = False) -> Engine:
    """`alone`: for this process, and one connection."""
    one: dict[str, Any] = {"pool_size": 1, "max_overflow": 0} if alone else {}
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": _BUSY}, **one)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        if alone:
            cursor.execute("PRAGMA locking_mode=EXCLUSIVE")
        # Readers never wait for a writer; a power cut costs the last moments, never the file.
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is deleted, such as the salts of visits, can be read in the file no more.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    return engine
