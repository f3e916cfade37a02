"""What the app host tells the app server: one JSON document in one environment variable.

The app's secrets are not in here; they are environment variables of their own.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

VARIABLE = "APPLIANCE_APP"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileRules(_Settings):
    """What visitors may fetch and send. Paths are absolute inside the container or machine."""

    allowed: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    max_upload: int | None = None
    """Bytes; None: no limit."""


class Storage(_Settings):
    """The app's own persistent folders and how they are kept tidy."""

    temp: str
    """`GRADIO_TEMP_DIR`: uploads and results."""
    examples: str
    """`GRADIO_EXAMPLES_CACHE`."""
    data: str
    """`HOME`, `HF_HOME` and whatever the app wants to keep."""
    check_every: float = 3600.0
    """Seconds between clean-ups of `temp`."""
    keep: float = 86400.0
    """Seconds a file in `temp` lives."""
    disk_limit: int | None = None
    """Bytes over all three folders; when reached, request bodies are refused with 507."""


class Identity(_Settings):
    """How visitors are told apart: by a signed assertion only, see docs/architecture.md."""

    header: str = "X-Appliance-Identity"
    audience: str
    """The app's name; an assertion for another app is worthless here."""
    issuer: str = "gradio-appliance"
    keys: tuple[str, ...] = ()
    """Ed25519 public keys, PEM. Empty: every visitor is anonymous."""
    required: bool = False
    """Refuse visitors without a valid assertion."""
    own_login: bool = True
    """Whether a login of the script's own stays (`launch(auth=…)`)."""


class Settings(_Settings):
    """Everything the app server needs to run one app."""

    app: str
    """The app's name in the YAML."""
    file: str
    """The script, relative to the working folder (the release's source)."""
    listen_host: str
    listen_port: int
    root: str | None
    """Full public URL without a trailing slash (`https://hello.example.org`, `https://example.org/hello`);
    None in local mode, where the URL follows the loopback address the visitor used."""
    path: str
    """Where the app is mounted: `/` on a host of its own, else `/hello`."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    """Peers (addresses or networks) whose `X-Forwarded-*` headers are believed: Traefik."""
    origins: tuple[str, ...] = ()
    """Other origins that may call the app from a browser."""
    examples_cache: Literal["eager", "lazy", "off"] | None = None
    """None: as the script says."""
    files: FileRules = FileRules()
    storage: Storage
    host_word: str = Field("", repr=False)
    """Shown by the app host, which asks about folders and visits; empty: nobody may."""
    identity: Identity
