"""The shape of `appliance.yaml`. Every key is optional; unknown keys are refused.

Field descriptions are the reference: the page in `docs/`, the JSON Schema for editors and the
hints in error messages are all generated from here.
"""

from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from appliance.config.units import Duration, Size

AppName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
Hostname = Annotated[
    str, StringConstraints(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]+$")
]
UrlPath = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9][A-Za-z0-9._~-]*)+$")]
Origin = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s?#@]+$")]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Version = Annotated[str, StringConstraints(pattern=r"^\d+(\.\d+){0,3}$")]


class Section(BaseModel):
    """A mapping in the YAML: immutable, strict about types, closed to unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SecretRef(Section):
    """Where a secret lives. The YAML never holds the secret itself."""

    env: EnvName | None = Field(None, description="Name of an environment variable.")
    file: str | None = Field(None, description="File whose content is the secret.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret is either {env: NAME} or {file: path}")
        return self


class GitSource(Section):
    """A Git repository at one ref."""

    git: str = Field(description="Repository URL: https://, ssh:// or a path ending in .git.")
    ref: str = Field("HEAD", description="Branch, tag or commit.")
    folder: str = Field(".", description="Folder inside the repository that holds the app.")


class Files(Section):
    """What visitors may fetch and send."""

    allowed: tuple[str, ...] = Field((), description="Folders and files Gradio may serve.")
    blocked: tuple[str, ...] = Field((), description="Never served; wins over `allowed`.")
    static: tuple[str, ...] = Field(
        (), description="Served as they are, never copied into the cache."
    )
    max_upload: Size | None = Field(
        None, description="Largest request body and uploaded file; larger gets 413."
    )


class TempCache(Section):
    """When uploaded and generated files are cleaned up."""

    check_every: Duration = Field(timedelta(hours=1), description="Time between clean-ups.")
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
    cpus: float | None = Field(None, gt=0, strict=False, description="CPU cores, e.g. 1.5.")
    pids: int = Field(512, ge=16, description="Processes and threads.")
    gpus: int | Literal["all"] = Field(0, description="Number of GPUs, or `all` (docker runtime).")
    disk: Size | None = Field(
        None, description="Uploads, caches and data together; when full, uploads get 507."
    )


class Embed(Section):
    """Other web sites that may embed the app or call it from a page."""

    origins: tuple[Origin, ...] = Field((), description="Origins, e.g. https://blog.example.org.")


class App(Section):
    """One Gradio app."""

    source: str | GitSource = Field(
        description="Folder with the app (relative to this file), a Git URL, or {git, ref, folder}."
    )
    file: str | None = Field(
        None,
        description="Script to run; absent: `app_file` of the README's front matter or app.py.",
    )
    path: UrlPath | None = Field(
        None, description="Serve under this path of the domain; local mode: /<name>."
    )
    host: Hostname | None = Field(
        None, description="Serve on this host name; public mode: <name>.<domain>."
    )
    python: Version | None = Field(
        None, description="Python version; absent: `python_version` of the README, or ours."
    )
    gradio: Version | None = Field(
        None, description="Gradio version; absent: `sdk_version` of the README, or ours."
    )
    env: dict[EnvName, str] = Field({}, description="Environment variables.")
    secrets: dict[EnvName, SecretRef] = Field(
        {}, description="Environment variables whose values are kept elsewhere."
    )
    files: Files = Field(Files(), description="What visitors may fetch and send.")
    cache: Cache = Field(Cache(), description="Examples and temporary files.")
    limits: Limits = Field(Limits(), description="Memory, CPU, processes, GPUs, disk.")
    embed: Embed = Field(Embed(), description="Other web sites that may embed or call the app.")
    replicas: int = Field(1, ge=1, le=32, description="Instances; visitors stick to theirs.")
    start_timeout: Duration = Field(
        timedelta(minutes=5), description="A release that is not ready by then has failed."
    )
    drain: Duration = Field(
        timedelta(seconds=30), description="How long a replaced instance may finish its requests."
    )

    @field_validator("source")
    @classmethod
    def _not_empty(cls, value: str | GitSource) -> str | GitSource:
        if value == "":
            raise ValueError("expected a folder or a Git URL")
        return value

    @field_validator("file")
    @classmethod
    def _inside_source(cls, value: str | None) -> str | None:
        if value is not None and (
            PurePosixPath(value).is_absolute() or ".." in PurePosixPath(value).parts
        ):
            raise ValueError("expected a file inside the source folder")
        return value

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if self.path is not None and self.host is not None:
            raise ValueError("an app is served under a `path` or on a `host`, not both")
        return self


class Ports(Section):
    """Where the appliance listens. Changing these needs `scripts/up` once more."""

    local: Port = Field(8080, description="Local mode: http://localhost:<port>, loopback only.")
    http: Port = Field(80, description="Public mode: plain HTTP on all addresses.")


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

    domain: Hostname | None = Field(
        None, description="Public name of the appliance; absent: local mode."
    )
    access: Literal["local", "public"] | None = Field(
        None, description="`local` listens on loopback only; default: public if a domain is set."
    )
    ports: Ports = Field(Ports(), description="Where the appliance listens.")
    runtime: Literal["auto", "docker", "process"] = Field(
        "auto", description="Where apps run; auto: containers under Compose, else processes."
    )
    apps: dict[AppName, App] = Field({}, description="The apps, by name.")
    storage: Storage = Field(Storage(), description="Where data is kept.")
    analytics: Analytics = Field(Analytics(), description="Reports to third parties.")

    @property
    def public(self) -> bool:
        """Whether strangers can reach the appliance."""
        return (self.access or ("public" if self.domain else "local")) == "public"

    @model_validator(mode="before")
    @classmethod
    def _empty_file(cls, data: Any) -> Any:
        return {} if data is None else data

    @model_validator(mode="after")
    def _public_needs_domain(self) -> Self:
        if self.public and self.domain is None:
            raise ValueError("`access: public` needs a `domain`")
        return self
