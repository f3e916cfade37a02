"""Opening a database: SQLite in a file by default, PostgreSQL by URL."""

from pathlib import Path
from typing import Any, Literal

import sqlalchemy
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, event, make_url

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
    if where.get_backend_name() == "sqlite":
        engine = _sqlite(url)
    else:
        engine = sqlalchemy.create_engine(url, pool_pre_ping=True)
    migrate(engine, owner)
    return engine


def migrate(engine: Engine, owner: Owner) -> None:
    """Bring the tables to this version's shape."""
    config = Config()
    config.set_main_option("script_location", f"appliance.store:migrations/{owner}")
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def _sqlite(url: str) -> Engine:
    engine = sqlalchemy.create_engine(url, connect_args={"timeout": _BUSY})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        # Readers never wait for a writer; a power cut costs the last moments, never the file.
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine
