"""The shape of `appliance.yaml`. Every key is optional; unknown keys are refused.

Field descriptions are the reference: the page in `docs/`, the JSON Schema for editors and the
hints in error messages are all generated from here.
"""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from appliance.config.auth import Access, Auth
from appliance.config.kept import EnvName, Kept
from appliance.config.rates import RateLimit
from appliance.config.section import Section
from appliance.config.units import Duration, Expiry, Says, Size
from appliance.config.visits import Visits


def _network(value: str) -> str:
    try:
        network = ip_network(value)
    except ValueError:
        raise ValueError("expected an IP network or address, such as 10.0.0.0/8") from None
    if network.prefixlen == 0:
        raise ValueError("expected the networks of your proxy; this one is everybody")
    return str(network)


AppName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"),
    Says("a name of at most 40 small letters, digits and inner dashes", "image-filter"),
]
Hostname = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        max_length=253,
    ),
    Says("a host name in small letters, without http:// or port", "demos.example.org"),
]
UrlPath = Annotated[
    str,
    StringConstraints(pattern=r"^(/[A-Za-z0-9][A-Za-z0-9._~-]*)+$", max_length=200),
    Says("a URL path that starts and does not end with /", "/hello"),
]
Origin = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^/\s?#@;,'\"]+$", max_length=300),
    Says("an origin: scheme, host and port if any, nothing after it", "https://blog.example.org"),
]
Network = Annotated[str, AfterValidator(_network), Says("an IP network or address", "10.0.0.0/8")]
DirectoryUrl = Annotated[
    str,
    StringConstraints(pattern=r"^(letsencrypt|letsencrypt-staging|https://[^\s@]+)$"),
    Says("`letsencrypt`, `letsencrypt-staging` or the URL of an ACME directory", "letsencrypt"),
]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=200),
    Says("a mail address", "ops@example.org"),
]
Port = Annotated[int, Field(ge=1, le=65535), Says("a port number from 1 to 65535", "")]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+){0,3}$")]
PythonVersion = Annotated[Version, Says("a Python version", '"3.12"')]
GradioVersion = Annotated[Version, Says("a Gradio version", '"6.31"')]
ServedPath = Annotated[str, Says("a path", "/data/models")]
_GIT_URL = re.compile(r"^(https?|ssh|git|file)://|^[\w.-]+@[\w.-]+:|\.git/?$")


def _inside(value: str, otherwise: str) -> str:
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts:
        raise ValueError(otherwise)
    return value


class GitSource(Section):
    """A Git repository at one ref; `git` is all it needs."""

    git: str = Field(description="Repository URL: https://, ssh:// or a path ending in .git.")
    ref: str = Field("HEAD", description="Branch, tag or commit.")
    folder: str = Field(".", description="Folder inside the repository that holds the app.")

    @field_validator("git")
    @classmethod
    def _repository(cls, value: str) -> str:
        if not _GIT_URL.search(value) or value.startswith("-"):
            raise ValueError("expected a repository URL or a path that ends in .git")
        return value

    @field_validator("ref")
    @classmethod
    def _ref(cls, value: str) -> str:
        if not value or value.startswith("-") or not value.isprintable() or " " in value:
            raise ValueError("expected a branch, tag or commit")
        return value

    @field_validator("folder")
    @classmethod
    def _inside_repository(cls, value: str) -> str:
        return _inside(value, "expected a folder inside the repository")


Source = Annotated[
    str | GitSource,
    Says("a folder, a Git URL or {git: URL, ref: branch, folder: path}", "apps/hello"),
]
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
        return GitSource(git=self.source) if _GIT_URL.search(self.source) else None

    @field_validator("source")
    @classmethod
    def _not_empty(cls, value: str | GitSource) -> str | GitSource:
        if value == "":
            raise ValueError("expected a folder or a Git URL")
        return value

    @field_validator("file")
    @classmethod
    def _inside_source(cls, value: str | None) -> str | None:
        return None if value is None else _inside(value, "expected a file inside the source")


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


class CertificateFiles(Section):
    """One certificate of your own. The files are read again when they change."""

    chain: str = Field(
        description="File in PEM form: the certificate first, then its issuers (fullchain.pem)."
    )
    key: Kept = Field(description="Its private key in PEM form, without a password.")


class DnsChallenge(Section):
    """Prove the domain by a DNS record: the only way to wildcards, and it needs no open port."""

    dns: Literal["cloudflare", "digitalocean", "google", "ovh", "rfc2136", "route53"] = Field(
        description="Who serves your zone."
    )
    credentials: Kept | None = Field(
        None, description="What the certbot plugin of that provider reads, in its own syntax."
    )
    propagation: Duration | None = Field(
        None,
        ge=timedelta(seconds=0),
        description="Time until a new record is seen everywhere; absent: the plugin's own.",
    )


class Eab(Section):
    """External account binding, for authorities that want to know whose account it is."""

    key_id: str = Field(description="Key identifier the authority gave you.")
    hmac_key: Kept = Field(description="The key that belongs to it.")


class Hsts(Section):
    """Tell browsers to come by HTTPS only. They remember it: there is no way back in that time."""

    max_age: Duration = Field(timedelta(days=180), description="How long browsers remember.")
    subdomains: bool = Field(False, description="Also for every name below the one visited.")
    preload: bool = Field(False, description="Allow browser makers to build it in.")


class Tls(Section):
    """HTTPS: whose certificate visitors get."""

    mode: Literal["off", "local-ca", "files", "certbot"] | None = Field(
        None,
        description="`local-ca`: our own authority, default in public mode; `files`: yours; "
        "`certbot`: an ACME authority, whose terms you accept by this; `off`: plain HTTP.",
    )
    certificates: tuple[CertificateFiles, ...] = Field(
        (), strict=False, description="Mode `files`: certificates and keys."
    )
    email: Email | None = Field(
        None, description="Mode `certbot`: where the authority may write to."
    )
    directory: DirectoryUrl = Field("letsencrypt", description="Mode `certbot`: the authority.")
    directory_ca: str | None = Field(
        None, description="Mode `certbot`: file with the root of the directory's own certificate."
    )
    challenge: Annotated[
        Literal["http"] | DnsChallenge,
        Says("`http` or {dns: provider, credentials: {file: …}}", "http"),
    ] = Field("http", description="Mode `certbot`: how the domain is proven.")
    eab: Eab | None = Field(None, description="Mode `certbot`: binds the account to yours.")
    hsts: Hsts | None = Field(None, description="HTTPS only, remembered by browsers; absent: not.")
    http3: bool = Field(
        False, description="Also HTTP/3, on UDP. Changing it needs `scripts/up` once more."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (),
        strict=False,
        description="Mode `off`: proxies in front that add TLS and say who the visitor is. "
        "Changing it needs `scripts/up` once more.",
    )


class ShareLimits(Section):
    """What keeps one sharer from taking everything."""

    per_key: int = Field(50, ge=1, description="Shares open at once with one key.")
    per_address: int = Field(50, ge=1, description="Shares open at once from one address.")
    requests: int | None = Field(
        None, ge=1, description="Requests per second to one share; more get 429."
    )
    traffic: Size | None = Field(
        None, description="Bytes a day through one share; then 429 until midnight UTC."
    )


class Sharing(Section):
    """Share links: `launch(share=True)` against this machine. `share: {}` is enough."""

    domain: Hostname | None = Field(
        None,
        description="Links are one name below it; default: `share.<domain>`, or share.localhost.",
    )
    port: Port = Field(7000, description="Where clients connect; loopback only in local mode.")
    expires: Expiry = Field(
        timedelta(hours=72), description="Life of a link from its first use; `none`: for ever."
    )
    who_can_share: Literal["anyone", "key"] | None = Field(
        None, description="`key`: holders of a key only; default: public mode `key`, else `anyone`."
    )
    who_can_view: Access = Field(
        "public", description="Who may open links; anything but `public` needs `auth`."
    )
    plain: bool = Field(True, description="Whether clients may connect without TLS.")
    max_shares: int = Field(500, ge=1, le=100_000, description="Links open at once.")
    limits: ShareLimits = Field(ShareLimits(), description="Limits of one key, address and link.")
    tokens: tuple[Kept, ...] = Field(
        (), strict=False, description="frp tokens (`auth.token`) that upstream clients may use."
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
