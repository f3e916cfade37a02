"""Opening a database: SQLite in a file by default, PostgreSQL by URL."""

from pathlib import Path
from typing import Any, Literal

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, event, make_url

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
    engine = _sqlite(url) if where.get_backend_name() == "sqlite" else _postgresql(where)
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


def _sqlite(url: str) -> Engine:
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": _BUSY})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        # Readers never wait for a writer; a power cut costs the last moments, never the file.
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is deleted, such as the salts of visits, can be read in the file no more.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    return engine
