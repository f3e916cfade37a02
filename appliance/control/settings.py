"""Where the control process finds its folders and peers: environment variables, no more."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from appliance.certs.keeping import Places
from appliance.control.published import Published
from appliance.environment import Environment, address, needed, optional
from appliance.proxy.static import Folder, Listen


@dataclass(frozen=True)
class Settings:
    """`Compose` and `appliance up` differ in these and nothing else."""

    file: Path
    data: Path
    run: Path
    pages_listen: tuple[str, int]
    """Where the pages listen."""
    pages_url: str
    """`http://host:port` of the pages as Traefik reaches them."""
    forward_listen: tuple[str, int]
    """Where ForwardAuth listens, for Traefik alone."""
    forward_url: str
    """`http://host:port` of ForwardAuth as Traefik reaches it."""
    metrics_listen: tuple[str, int] | None
    """Where Prometheus finds all metrics, on a network without visitors; None: nowhere."""
    traefik_url: str
    """`http://host:port` of Traefik's API as this process reaches it."""
    traefik_listen: Listen
    shares_url: str | None
    """`http://host:port` of the relay's visitors' port as Traefik reaches it; None: no relay."""
    published: Published

    @property
    def traefik_folder(self) -> Folder:
        return Folder(self.run / "traefik")

    @property
    def certificates(self) -> Places:
        """Keys and certificates, and where they are handed out."""
        return Places(
            base=self.file.absolute().parent,
            data=self.data,
            proxy=self.traefik_folder.certificates,
            relay=self.relay_socket.parent / "certificates",
        )

    @property
    def last_good(self) -> Path:
        return self.data / "last-good.yaml"

    @property
    def names(self) -> Path:
        return self.data / "names.json"

    @property
    def apps_socket(self) -> Path:
        return self.run / "apps.sock"

    @property
    def relay_socket(self) -> Path:
        return self.run / "relay" / "relay.sock"

    @property
    def control_socket(self) -> Path:
        return self.run / "control.sock"


def from_environment(env: Environment) -> Settings:
    """Read `APPLIANCE_*`. Raises `ValueError` naming the variable that is missing or wrong.

    FILE, DATA, RUN: see docs/architecture.md. LISTEN: `host:port` of the pages. PAGES: their URL
    for Traefik. FORWARD_LISTEN, FORWARD: the same of ForwardAuth. PROXY_API: URL of Traefik's API.
    PROXY_LOCAL, PROXY_HTTP, PROXY_HTTPS: where Traefik listens, or `none`. METRICS_LISTEN:
    `host:port` for Prometheus, or `none`. PROXY_HTTP3: the port at which it is offered, or `none`.
    PROXY_TRUSTED: networks of proxies in front, with commas between. SHARES: URL of the relay's
    visitors' port for Traefik; absent: no relay.
    PUBLISHED_LOCAL, PUBLISHED_HTTP, PUBLISHED_HTTPS, PUBLISHED_SHARE: what the machine publishes,
    see `published`.
    """
    metrics = "APPLIANCE_METRICS_LISTEN"
    return Settings(
        file=Path(needed(env, "APPLIANCE_FILE")),
        data=Path(needed(env, "APPLIANCE_DATA")),
        run=Path(needed(env, "APPLIANCE_RUN")),
        pages_listen=address(env, "APPLIANCE_LISTEN"),
        pages_url=needed(env, "APPLIANCE_PAGES"),
        forward_listen=address(env, "APPLIANCE_FORWARD_LISTEN"),
        forward_url=needed(env, "APPLIANCE_FORWARD"),
        metrics_listen=address(env, metrics) if optional(env, metrics) else None,
        traefik_url=needed(env, "APPLIANCE_PROXY_API"),
        traefik_listen=_traefik_listen(env),
        shares_url=env.get("APPLIANCE_SHARES") or None,
        published=_published(env),
    )


def _traefik_listen(env: Environment) -> Listen:
    http3 = optional(env, "APPLIANCE_PROXY_HTTP3")
    return Listen(
        local=optional(env, "APPLIANCE_PROXY_LOCAL"),
        http=optional(env, "APPLIANCE_PROXY_HTTP"),
        api=_api_listen(needed(env, "APPLIANCE_PROXY_API")),
        https=optional(env, "APPLIANCE_PROXY_HTTPS"),
        http3=int(http3) if http3 else None,
        trusted=_trusted(env),
    )


def _published(env: Environment) -> Published:
    http3 = "APPLIANCE_PROXY_HTTP3"
    return Published(
        env.get("APPLIANCE_PUBLISHED_LOCAL") or None,
        env.get("APPLIANCE_PUBLISHED_HTTP") or None,
        env.get("APPLIANCE_PUBLISHED_HTTPS") or None,
        _trusted(env) if "APPLIANCE_PROXY_TRUSTED" in env else None,
        optional(env, http3) is not None if http3 in env else None,
        env.get("APPLIANCE_PUBLISHED_SHARE") or None,
    )


def _trusted(env: Environment) -> tuple[str, ...]:
    return tuple(filter(None, env.get("APPLIANCE_PROXY_TRUSTED", "").split(",")))


def _api_listen(url: str) -> str:
    """The address that the URL names, and no other of Traefik's: apps share networks with it."""
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError(f"APPLIANCE_PROXY_API is {url!r}; expected http://host:port")
    return parts.netloc
