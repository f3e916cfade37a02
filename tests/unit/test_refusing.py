"""What is answered while another program keeps the database to itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from appliance.refusing import refuse_in_words
from appliance.web.not_kept import not_kept


@pytest.fixture
def router(tmp_path: Path) -> Iterator[APIRouter]:
    """A route that writes into a database which somebody else holds."""
    path, router = tmp_path / "control.db", APIRouter()
    engine = sqlalchemy.create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})

    @router.post("/")
    def write() -> None:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("CREATE TABLE people (name)"))

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield router
    engine.dispose()


def test_a_command_says_who_stands_in_the_way(router: APIRouter) -> None:
    app = FastAPI()
    app.include_router(router)
    refuse_in_words(app)
    answer = TestClient(app).post("/")
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("The database is held by another program")


def test_a_visitor_is_asked_to_try_again(router: APIRouter) -> None:
    app = FastAPI()
    app.include_router(router)
    refuse_in_words(app, not_kept)
    answer = TestClient(app).post("/", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "another program holds the database" in answer.text
