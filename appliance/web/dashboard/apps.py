"""What the dashboard says of apps. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime

from appliance.amounts import size, span
from appliance.apps.model import AppStatus, Outcome, Phase, Release
from appliance.config.addresses import address
from appliance.control.status import Snapshot
from appliance.web.cards import Card, card


@dataclass(frozen=True)
class Row:
    """One app in the table."""

    card: Card
    emoji: str
    """Empty: the author chose none."""
    phase: Phase
    release: str
    """Empty: none serves."""
    pinned: bool
    ready: str
    """`2 of 3`; empty where all instances serve."""
    memory: str
    used: int
    """Bytes of memory; 0: not known."""
    since: str
    progress: str
    trouble: str
    """What went wrong, one sentence; empty: nothing."""


@dataclass(frozen=True)
class ReleaseRow:
    id: str
    made: str
    file: str
    state: str
    """`serves`, `failed`, `former` or `new`."""
    can_return: bool
    """Whether a rollback to it makes sense."""


def rows(snapshot: Snapshot, now: datetime) -> tuple[Row, ...]:
    """All apps in the order of the YAML."""
    return tuple(row(snapshot, name, now) for name in snapshot.config.apps)


def row(snapshot: Snapshot, name: str, now: datetime) -> Row:
    status, shown = status_of(snapshot, name), card(snapshot, name)
    memory = [one.memory for one in status.instances if one.memory is not None]
    ready = sum(one.state.value == "ready" for one in status.instances)
    whole = ready == len(status.instances)
    began = min((one.started for one in status.instances), default=None)
    return Row(
        card=shown,
        emoji="" if shown.emoji == name[0].upper() else shown.emoji,
        phase=status.phase,
        release=status.live or "",
        pinned=status.pinned,
        ready="" if whole else f"{ready} of {len(status.instances)}",
        memory=size(sum(memory)) if memory else "",
        used=sum(memory),
        since=span(now - began) if began else "",
        progress=status.progress,
        trouble=status.problem.summary if status.problem else "",
    )


def releases(status: AppStatus) -> tuple[ReleaseRow, ...]:
    """Newest first."""
    return tuple(
        ReleaseRow(
            id=release.id,
            made=release.created.astimezone(UTC).strftime("%-d %b %Y, %H:%M UTC"),
            file=release.file,
            state=_state(release, status.live),
            can_return=release.id != status.live
            and release.outcome in (Outcome.LIVE, Outcome.RETIRED),
        )
        for release in status.releases
    )


def status_of(snapshot: Snapshot, name: str) -> AppStatus:
    known = (status for status in snapshot.status.host.apps if status.name == name)
    return next(known, AppStatus(name=name, phase=Phase.WAITING))


def path_of(snapshot: Snapshot, name: str) -> str:
    """The address to show beside a link."""
    where = address(snapshot.config, name)
    return where.root.partition("://")[2] if where.root else where.path


def _state(release: Release, live: str | None) -> str:
    if release.id == live:
        return "serves"
    if release.outcome is Outcome.FAILED:
        return "failed"
    return "new" if release.outcome is Outcome.PENDING else "former"
