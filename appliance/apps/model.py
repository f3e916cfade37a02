"""What the app host is told and what it tells: the documents of its internal API."""

from datetime import datetime
from enum import StrEnum

from appliance.config.schema import App
from appliance.document import Document


class Placement(Document):
    """Where visitors find an app."""

    root: str | None
    """Full public URL without a trailing slash; None in local mode."""
    path: str
    """`/` on a host of its own, else `/hello`."""


class Identity(Document):
    """How an app learns who its visitors are."""

    keys: tuple[str, ...] = ()
    """Public keys, PEM; empty: it does not."""
    required: bool = False
    """Nobody may reach it who is not known."""


class AppSpec(Document):
    """One app as it should run."""

    name: str
    app: App
    placement: Placement
    identity: Identity = Identity()


class Desired(Document):
    """All that should run. What is missing here is stopped and kept on disk."""

    apps: tuple[AppSpec, ...]
    base_folder: str
    """Folder of the YAML: relative sources and secret files are below it."""
    telemetry: bool = False
    """Whether Gradio may report usage."""


class Phase(StrEnum):
    """What a person wants to know about an app first."""

    WAITING = "waiting"
    """Known, not begun."""
    BUILDING = "building"
    """The environment of its first release is being made."""
    STARTING = "starting"
    """The first instance is loading."""
    LIVE = "live"
    """Visitors are served; a later release may have failed, see `problem`."""
    FAILED = "failed"
    """No release works, see `problem`."""


class Problem(Document):
    """Something a person has to act on."""

    code: str
    """Stable, e.g. `script-raised`, `file-missing`, `requirements-failed`, `not-ready`."""
    summary: str
    """One sentence: what happened and where."""
    detail: str = ""
    """Last lines of the app's own output."""
    remedy: str = ""
    """What to do next."""
    release: str | None = None


class Outcome(StrEnum):
    """What became of a release."""

    PENDING = "pending"
    LIVE = "live"
    RETIRED = "retired"
    FAILED = "failed"


class Release(Document):
    """A source and an environment, immutable once made."""

    id: str
    """`r3-4f2a9c1b`: a counter for people and the start of the digest."""
    source_digest: str
    environment_digest: str
    file: str
    """The script that is run, as the front matter or the YAML named it at that time."""
    created: datetime
    outcome: Outcome = Outcome.PENDING
    title: str | None = None
    emoji: str | None = None
    description: str | None = None
    """From the README's front matter (`short_description`)."""
    color_from: str | None = None
    color_to: str | None = None
    thumbnail: str | None = None
    """A picture in the source, as a path relative to it."""


class Storage(Document):
    """Bytes in an app's own folders."""

    temp: int
    """Uploads and results of visitors."""
    examples: int
    """Results of examples, computed in advance."""
    data: int
    """What the app itself keeps, downloaded models among it."""


class InstanceState(StrEnum):
    STARTING = "starting"
    READY = "ready"
    UNRESPONSIVE = "unresponsive"
    DRAINING = "draining"
    BACKING_OFF = "backing-off"


class InstanceStatus(Document):
    """One running copy of a release."""

    id: str
    release: str
    state: InstanceState
    address: str
    """`http://host:port` as Traefik reaches it."""
    started: datetime
    restarts: int = 0
    memory: int | None = None
    """Bytes resident."""


class Ended(Document):
    """The last end of an instance that had worked; another one was started in its place."""

    at: datetime
    problem: Problem


class AppStatus(Document):
    name: str
    phase: Phase
    live: str | None = None
    """Release that visitors are served from."""
    pinned: bool = False
    """Rolled back by hand: stays until the source changes or `appliance apps deploy`."""
    instances: tuple[InstanceStatus, ...] = ()
    releases: tuple[Release, ...] = ()
    """Newest first."""
    problem: Problem | None = None
    ended: Ended | None = None
    """Where all is well again: what a visitor who was there met with, within a day."""
    progress: str = ""
    """What is being done right now, one line, for people."""


class HostStatus(Document):
    """The app host's answer to `GET /apps`."""

    version: int
    """Grows with every change; `GET /apps?after=N` waits for a larger one."""
    runtime: str
    converged: bool
    """Nothing is being built or started: every app is live or has failed."""
    apps: tuple[AppStatus, ...] = ()
