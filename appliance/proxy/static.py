"""Traefik's static file: where it listens. Compose and `appliance up` differ only in addresses."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Listen:
    """Addresses (`host:port` or `:port`) that Traefik listens on; None: not at all."""

    local: str | None
    """Loopback visitors; under Compose the port is published on loopback only."""
    http: str | None
    """Plain HTTP for everyone."""
    api: str
    """Traefik's own API and ping, for `control` and health checks."""
    https: str | None = None
    """HTTPS for everyone."""
    http3: int | None = None
    """The port on which visitors are offered HTTP/3; None: they are not."""
    trusted: tuple[str, ...] = ()
    """Networks of proxies in front, whose X-Forwarded headers are believed."""


@dataclass(frozen=True)
class Folder:
    """Traefik's files. `control` writes, Traefik reads."""

    path: Path

    @property
    def static(self) -> Path:
        """Read once, when Traefik starts."""
        return self.path / "traefik.yml"

    @property
    def dynamic(self) -> Path:
        """Watched."""
        return self.path / "dynamic"

    @property
    def routes(self) -> Path:
        """The rendered route model."""
        return self.dynamic / "routes.yml"

    @property
    def certificates(self) -> Path:
        """Which certificate visitors get, with its key."""
        return self.dynamic / "certificates.yml"

    @property
    def api(self) -> Path:
        """The guarded way to Traefik's API; holds its key."""
        return self.dynamic / "api.yml"
