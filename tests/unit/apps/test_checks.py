"""What is asked of instances, how often, and what is remembered of those that ended."""

from datetime import UTC, datetime
from typing import cast

import pytest

from appliance.apps.checks import Checks
from appliance.apps.runtime import Running, Runtime

FACTS = {"app": "hello", "release": "r1", "fingerprint": "x", "address": "http://127.0.0.1:1"}


class App:
    """A `Runtime` of one instance that grows from question to question."""

    ready, healthy = False, True

    def __init__(self) -> None:
        self.size = 0

    async def probe(self, _instance: str, path: str) -> int | None:
        return 200 if (self.ready if path == "/readyz" else self.healthy) else None

    async def active(self, _instance: str) -> int | None:
        return 1

    async def memory(self, _instance: str) -> int | None:
        self.size += 1
        return self.size


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def checks(app: App) -> Checks:
    return Checks(cast("Runtime", app))


async def ask(checks: Checks, name: str = "one") -> None:
    running = Running(name, **FACTS, started=datetime.now(UTC), alive=True)
    await checks.ask([running], ())


async def test_memory_is_measured_now_and_then_and_once_the_app_is_there(
    app: App, checks: Checks
) -> None:
    await ask(checks)
    await ask(checks)
    assert checks.memory == {"one": 1}
    app.ready = True
    await ask(checks)
    await ask(checks)
    assert checks.ready == {"one"}
    assert checks.memory == {"one": 2}


async def test_one_that_does_not_answer_often_enough_is_unresponsive(
    app: App, checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.apps.checks.HEALTH_EVERY", 0)
    app.ready = True
    await ask(checks)
    app.healthy = False
    while not checks.unresponsive:
        await ask(checks)
    app.healthy = True
    await ask(checks)
    assert not checks.unresponsive


async def test_nothing_is_remembered_of_one_that_ended(app: App, checks: Checks) -> None:
    await ask(checks)
    app.ready = True
    await ask(checks)
    checks.forget("one")
    assert not checks.ready
    assert not checks.memory
    # What comes by this name is asked at once.
    app.ready = False
    await ask(checks)
    assert checks.memory == {"one": 3}
