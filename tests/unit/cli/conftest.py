from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from appliance.apps.model import (
    AppStatus,
    HostStatus,
    InstanceState,
    InstanceStatus,
    Phase,
    Problem,
)
from appliance.control.status import ConfigStatus, RoutesStatus, Status

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def instance(name="i1", state=InstanceState.READY, age=timedelta(minutes=3), **more):
    return InstanceStatus(
        id=name, release="r1-aa", state=state, address="http://x", started=NOW - age, **more
    )


def app(name="hello", phase=Phase.LIVE, **more):
    return AppStatus(name=name, phase=phase, **more)


def host(*apps, converged=True, version=1):
    return HostStatus(version=version, runtime="process", converged=converged, apps=apps)


def problem(**more):
    return Problem(
        code="script-raised", summary="app.py raised ValueError", **{"remedy": "Mend it.", **more}
    )


def status(*apps, text="apps: {hello: {source: .}}\n", converged=True, live=True, **config):
    return Status(
        config=ConfigStatus(file="/site/appliance.yaml", **{"state": "ok", **config}),
        text=text,
        ports={},
        routes=RoutesStatus(live=live),
        host=host(*apps, converged=converged),
    )


@pytest.fixture
def printed():
    """What a renderable looks like on a plain terminal, of 120 columns if not said otherwise."""

    def text(*renderables, width=120):
        console = Console(width=width, highlight=False)
        with console.capture() as capture:
            for renderable in renderables:
                console.print(renderable, crop=False)
        return capture.get()

    return text
