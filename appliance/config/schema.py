"""The shape of `appliance.yaml`. Every key is optional; unknown keys are refused.

Field descriptions are the reference: the page in `docs/`, the JSON Schema for editors and the
hints in error messages are all generated from here.
"""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from appliance.config.auth import Access, Auth
from appliance.config.fields import (
    AppName,
    GradioVersion,
    Hostname,
    Origin,
    Port,
    PythonVersion,
    ServedPath,
    UrlPath,
)
from appliance.config.kept import EnvName, Kept
from appliance.config.rates import RateLimit
from appliance.config.section import Section
from appliance.config.sharing import Sharing
from appliance.config.source import GIT_URL, GitSource, Source, inside
from appliance.config.tls import Tls
from appliance.config.units import Duration, Says, Size
from appliance.config.visits import Visits

Cpus = Annotated[
    float, Field(gt=0, le=4096, allow_inf_nan=False), Says("a number of CPU cores above 0", "1.5")
]
Gpus = Annotated[
    Annotated[int, Field(ge=0, le=64)] | Literal["all"], Says("a number of GPUs or `all`", "1")
]


class Files(Section):
    """What visitors may fetch and send."""

    allowed: tuple[ServedPath, ...] = Field(
        (),
        strict=False,
        description="Folders and files Gradio may serve; relative ones are inside the source.",
    )
    blocked: tuple[ServedPath, ...] = Field(
        (), strict=False, description="Never served; wins over `allowed` and `static`."
    )
    static: tuple[ServedPath, ...] = Field(
        (), strict=False, description="Served as they are, never copied into the cache."
    )
    max_upload: Size | None = Field(
        None, description="Largest request body and uploaded file; larger gets 413."
    )


class TempCache(Section):
    """When uploaded and generated files are cleaned up."""

    check_every: Duration = Field(
        timedelta(hours=1), ge=timedelta(seconds=1), description="Time between clean-ups."
    )
    keep: Duration = Field(timedelta(hours=24), description="Files older than this are removed.")


class Cache(Section):
    """Gradio's caches, kept on the app's own volume."""

    examples: Literal["eager", "lazy", "off"] | None = Field(
        None, description="When examples are computed; absent: as the script says."
    )
    temp: TempCache = Field(TempCache(), description="Uploaded and generated files.")


class Limits(Section):
    """The most an instance may use."""

    memory: Size | None = Field(None, description="Memory; the instance is restarted beyond it.")
    cpus: Cpus | None = Field(None, description="CPU cores, e.g. 1.5.")
    pids: int = Field(512, ge=16, description="Processes and threads.")
    gpus: Gpus = Field(0, description="Number of GPUs, or `all` (docker runtime).")
    disk: Size | None = Field(
        None, description="Uploads, caches and data together; when full, uploads get 507."
    )


class Embed(Section):
    """Other web sites that may embed the app or call it from a page."""

    origins: tuple[Origin, ...] = Field(
        (), strict=False, description="Origins, e.g. https://blog.example.org."
    )


class App(Section):
    """One Gradio app."""

    source: Source = Field(
        description="Folder with the app (relative to this file), a Git URL, or {git, ref, folder}."
    )
    file: str | None = Field(
        None,
        description="Script to run; absent: `app_file` of the README's front matter or app.py.",
    )
    path: UrlPath | None = Field(
        None, description="Serve under this path of the domain; local mode: `/<name>`."
    )
    host: Hostname | None = Field(
        None, description="Serve on this host name; public mode: `<name>.<domain>`."
    )
    python: PythonVersion | None = Field(
        None, description="Python version; absent: `python_version` of the README, or ours."
    )
    gradio: GradioVersion | None = Field(
        None, description="Gradio version; absent: `sdk_version` of the README, or ours."
    )
    env: dict[EnvName, str] = Field({}, description="Environment variables.")
    secrets: dict[EnvName, Kept] = Field(
        {}, description="Environment variables whose values are kept elsewhere."
    )
    files: Files = Field(Files(), description="What visitors may fetch and send.")
    cache: Cache = Field(Cache(), description="Examples and temporary files.")
    limits: Limits = Field(Limits(), description="Memory, CPU, processes, GPUs, disk.")
    embed: Embed = Field(Embed(), description="Other web sites that may embed or call the app.")
    access: Access | None = Field(None, description="Who may see it; absent: `auth.default`.")
    rate_limit: RateLimit | None = Field(
        None, description="How often it may be called; absent: the `rate_limit` of all apps."
    )
    login: Literal["appliance", "script"] = Field(
        "appliance",
        description="Whose sign-in form programs use (`auth=` of Gradio's clients). `script`: the"
        " script's own `launch(auth=…)`, behind the appliance's if the app is not public.",
    )
    replicas: int = Field(1, ge=1, le=32, description="Instances; visitors stick to theirs.")
    start_timeout: Duration = Field(
        timedelta(minutes=5),
        ge=timedelta(seconds=1),
        description="A release that is not ready by then has failed.",
    )
    drain: Duration = Field(
        timedelta(seconds=30), description="How long a replaced instance may finish its requests."
    )

    @property
    def git(self) -> GitSource | None:
        """The source as a Git repository; None if it is a folder."""
        if isinstance(self.source, GitSource):
            return self.source
        return GitSource(git=self.source) if GIT_URL.search(self.source) else None

    @field_validator("source")
    @classmethod
    def _not_empty(cls, value: str | GitSource) -> str | GitSource:
        if value == "":
            raise ValueError("expected a folder or a Git URL")
        return value

    @field_validator("file")
    @classmethod
    def _inside_source(cls, value: str | None) -> str | None:
        return None if value is None else inside(value, "expected a file inside the source")


class Ports(Section):
    """Where the appliance listens. Changing these needs `scripts/up` once more."""

    local: Port = Field(8080, description="Local mode: `http://localhost:<port>`, loopback only.")
    http: Port = Field(
        80,
        description="Public mode: plain HTTP on all addresses; with TLS it only leads to `https`.",
    )
    https: Port = Field(443, description="Public mode with TLS: HTTPS on all addresses.")
    metrics: Port | None = Field(
        None,
        description="Without Compose: Prometheus finds `/metrics` there, loopback only;"
        " absent: nowhere.",
    )


class Storage(Section):
    """Where everything that must survive a restart is kept."""

    data: str = Field(
        "data", description="Folder for releases, environments and app files, without Compose."
    )


class Analytics(Section):
    """Reports to third parties."""

    gradio: bool = Field(False, description="Gradio's own usage reports.")


class Config(Section):
    """The whole file."""

    whole_file: ClassVar[bool] = True

    domain: Hostname | None = Field(
        None, description="Public name of the appliance; absent: local mode."
    )
    access: Literal["local", "public"] | None = Field(
        None, description="`local` listens on loopback only; default: public if a domain is set."
    )
    ports: Ports = Field(Ports(), description="Where the appliance listens.")
    tls: Tls = Field(Tls(), description="HTTPS: whose certificate visitors get.")
    runtime: Literal["auto", "docker", "process"] = Field(
        "auto", description="Where apps run; auto: containers under Compose, else processes."
    )
    apps: dict[AppName, App] = Field({}, description="The apps, by name.")
    auth: Auth | None = Field(
        None, description="Signing in; absent: as `{}` in public mode, none in local mode."
    )
    rate_limit: RateLimit = Field(
        RateLimit(),
        description="How often each app without a `rate_limit` of its own, and the appliance's "
        "own API, may be called.",
    )
    share: Sharing | None = Field(
        None, description="Share links; absent: none, and nothing listens for them."
    )
    storage: Storage = Field(Storage(), description="Where data is kept.")
    analytics: Analytics = Field(Analytics(), description="Reports to third parties.")
    visits: Annotated[
        Literal["off"] | Visits, Says("`off` or {keep: duration}", "{keep: 400d}")
    ] = Field(Visits(), description="Counting of visits; `off`: nothing is counted.")

    @property
    def public(self) -> bool:
        """Whether strangers can reach the appliance."""
        return (self.access or ("public" if self.domain else "local")) == "public"

    @property
    def tls_mode(self) -> Literal["off", "local-ca", "files", "certbot"]:
        """Whose certificate visitors get; `off` where nobody but this machine can connect."""
        if not self.public:
            return "off"
        return self.tls.mode or "local-ca"

    @property
    def https(self) -> bool:
        """Whether visitors come by HTTPS, be it that a proxy in front adds it."""
        return self.tls_mode != "off" or (self.public and bool(self.tls.trusted_proxies))
