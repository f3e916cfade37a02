"""What an app host might say."""

from datetime import UTC, datetime

from appliance.apps.model import (
    AppStatus,
    HostStatus,
    InstanceState,
    InstanceStatus,
    Phase,
    Problem,
    Release,
)

BEGAN = datetime(2026, 1, 2, tzinfo=UTC)


def release(number: int = 1, **front: str) -> Release:
    return Release(
        id=f"r{number}",
        source_digest="s",
        environment_digest="e",
        file="app.py",
        created=BEGAN,
        **front,
    )


def instance(
    address: str,
    number: int = 1,
    *,
    of: str = "r1",
    state: InstanceState = InstanceState.READY,
) -> InstanceStatus:
    return InstanceStatus(id=f"i{number}", release=of, state=state, address=address, started=BEGAN)


def live(name: str, *addresses: str, **front: str) -> AppStatus:
    instances = tuple(instance(address, n) for n, address in enumerate(addresses, 1))
    return AppStatus(
        name=name,
        phase=Phase.LIVE,
        live="r1",
        instances=instances,
        releases=(release(**front),),
    )


def starting(name: str, progress: str = "") -> AppStatus:
    return AppStatus(name=name, phase=Phase.BUILDING, progress=progress)


def failed(name: str, **problem: str) -> AppStatus:
    given = {"code": "script-raised", "summary": "app.py raised KeyError at line 3.", **problem}
    return AppStatus(name=name, phase=Phase.FAILED, problem=Problem(**given))


def host(*apps: AppStatus, version: int = 1) -> HostStatus:
    return HostStatus(version=version, runtime="process", converged=True, apps=apps)
