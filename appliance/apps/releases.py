"""Releases and what is known about each app, on disk.

`apps/<name>/app.json` holds the app's state, `apps/<name>/releases/<id>/` a release: `source/`,
`release.json`, `build.log`. A damaged file costs what it held and is reported; nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from appliance import disk
from appliance.apps import thumbnails
from appliance.apps.frontmatter import FrontMatter
from appliance.apps.model import Outcome, Problem, Release
from appliance.apps.runtime import Needs, ReleaseFiles
from appliance.document import Document

KEEP = 5
"""Releases kept for rollback, beside the one that serves."""

_log = structlog.get_logger(__name__)
_needs = TypeAdapter(Needs)
D = TypeVar("D", bound=Document)


class Record(Document):
    """A release with what only the app host knows about it."""

    release: Release
    needs: dict[str, object]
    built: bool = False
    commit: str | None = None
    problem: Problem | None = None
    """Why it failed."""
    tried: str = ""
    """Digest of the settings it failed with: other settings may make it work."""

    def with_outcome(self, outcome: Outcome, problem: Problem | None = None) -> "Record":
        release = self.release.model_copy(update={"outcome": outcome})
        return self.model_copy(update={"release": release, "problem": problem})

    @property
    def identity(self) -> tuple[str, str, str]:
        """Equal for releases that would run the same files in the same environment."""
        release = self.release
        return (release.source_digest, release.environment_digest, release.file)


class AppState(Document):
    """What the app host must not forget about an app."""

    current: str | None = None
    """Release that visitors are served from, or were last."""
    target: str | None = None
    """Release that should serve."""
    pinned: bool = False
    seen: tuple[str, str, str] | None = None
    """Identity of the source as it was read last."""
    routed: tuple[str, ...] = ()
    """Instances that visitors are sent to, as the control process confirmed."""
    proven: str = ""
    """Fingerprint of the settings that worked last."""
    source: str = ""
    """Digest of what the YAML says about the source, to notice an edit made while we were away."""
    generation: int = 0
    """Counts restarts by hand: a new one means new instances."""


@dataclass(frozen=True)
class NewRelease:
    """What a release is made of."""

    source: Path
    """Folder to be moved into the release."""
    source_digest: str
    needs: Needs
    file: str
    front: FrontMatter = field(default_factory=FrontMatter)
    commit: str | None = None
    notice: str = ""
    """Something odd about the source; it begins the build log."""

    @property
    def identity(self) -> tuple[str, str, str]:
        return (self.source_digest, self.needs.digest, self.file)


class ReleaseStore:
    """The releases of all apps under one data folder. One process at a time may own it."""

    def __init__(self, data: Path) -> None:
        self._apps = data / "apps"
        self._states: dict[str, AppState] = {}
        self._records: dict[str, dict[str, Record]] = {}

    def folder(self, app: str, release: str | None = None) -> Path:
        """The folder of an app, or of one of its releases."""
        return self._apps / app / "releases" / release if release else self._apps / app

    def state(self, app: str) -> AppState:
        if app not in self._states:
            self._states[app] = _load(self.folder(app) / "app.json", AppState) or AppState()
        return self._states[app]

    def update_state(self, app: str, **changes: object) -> None:
        state = self.state(app).model_copy(update=changes)
        if state != self.state(app):
            disk.write(self.folder(app) / "app.json", state.model_dump_json(indent=1))
            self._states[app] = state

    def record(self, app: str, release: str | None) -> Record | None:
        return next((r for r in self.records(app) if r.release.id == release), None)

    def records(self, app: str) -> list[Record]:
        """All readable releases, newest first."""
        if app not in self._records:
            found = (
                _load(self.folder(app, name) / "release.json", Record) for name in self._names(app)
            )
            self._records[app] = {record.release.id: record for record in found if record}
        known = self._records[app].values()
        return sorted(known, key=lambda record: _number(record.release.id), reverse=True)

    def create(self, app: str, new: NewRelease) -> Record:
        """Make a release of a fetched source, which moves into it."""
        number = 1 + max((_number(name) for name in self._names(app)), default=0)
        front = new.front
        release = Release(
            id=f"r{number}-{new.source_digest[:8]}",
            source_digest=new.source_digest,
            environment_digest=new.needs.digest,
            file=new.file,
            created=datetime.now(UTC),
            title=front.title,
            emoji=front.emoji,
            description=front.short_description,
            color_from=front.color_from,
            color_to=front.color_to,
            thumbnail=thumbnails.find(new.source, front.thumbnail),
        )
        record = Record(
            release=release, needs=_needs.dump_python(new.needs, mode="json"), commit=new.commit
        )
        folder = self.folder(app, release.id)
        folder.mkdir(parents=True)
        # A read-only folder cannot be moved by its owner: its `..` would have to change.
        new.source.chmod(0o755)
        new.source.rename(folder / "source")
        (folder / "source").chmod(0o555)
        (folder / "build.log").write_text(f"{new.notice}\n" if new.notice else "")
        self.save(app, record)
        return record

    def save(self, app: str, record: Record) -> None:
        release = record.release.id
        self.records(app)
        disk.write(self.folder(app, release) / "release.json", record.model_dump_json(indent=1))
        self._records[app][release] = record

    def files(self, app: str, record: Record) -> ReleaseFiles:
        return ReleaseFiles(
            app=app,
            release=record.release.id,
            source=self.folder(app, record.release.id) / "source",
            needs=_needs.validate_python(record.needs),
        )

    def surplus(self, app: str, needed: frozenset[str]) -> list[str]:
        """Releases that may go: beyond the newest few, and not needed."""
        old = self.records(app)[KEEP:]
        return [record.release.id for record in old if record.release.id not in needed]

    def remove(self, app: str, release: str) -> None:
        self.records(app)
        self._records[app].pop(release, None)
        disk.remove(self.folder(app, release))

    def _names(self, app: str) -> Sequence[str]:
        folder = self.folder(app) / "releases"
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def former(app: str, records: Sequence[Record], to: str | None) -> str:
    """The release to go back to; without `to`, the newest that served before the current one.

    Raises `LookupError` with words for a person.
    """
    releases = [record.release for record in records]
    has = ", ".join(one.id for one in releases) or "none"
    if to is None:
        retired = (one.id for one in releases if one.outcome is Outcome.RETIRED)
        if (newest := next(retired, None)) is None:
            raise LookupError(f"{app} has no former release that served; it has: {has}.")
        return newest
    outcomes = {one.id: one.outcome for one in releases}
    if to not in outcomes:
        raise LookupError(f"{app} has no release {to}; it has: {has}.")
    if outcomes[to] is Outcome.FAILED:
        raise LookupError(f"{to} has failed; choose one that served, or deploy.")
    return to


def environments_in_use(data: Path) -> frozenset[str]:
    """Digests of the environments that any app's release needs."""
    store = ReleaseStore(data)
    apps = data / "apps"
    names = [path.name for path in apps.iterdir()] if apps.is_dir() else []
    return frozenset(
        record.release.environment_digest for name in names for record in store.records(name)
    )


def _number(release: str) -> int:
    digits = release[1:].partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


def _load(path: Path, model: type[D]) -> D | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        _log.warning("state.unreadable", path=str(path), error=type(error).__name__)
        return None
