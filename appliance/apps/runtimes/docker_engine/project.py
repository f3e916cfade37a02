"""What belongs to this appliance on an engine that it shares with others: names and labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Network
from pathlib import Path

LABEL = "gradio-appliance"
PROJECT = f"{LABEL}.project"
APP = f"{LABEL}.app"
RELEASE = f"{LABEL}.release"
INSTANCE = f"{LABEL}.instance"
FINGERPRINT = f"{LABEL}.fingerprint"
ENVIRONMENT = f"{LABEL}.environment"
"""Digest of the needs an environment's image was made for."""
MADE_OF = f"{LABEL}.made-of"
"""Id of the image a release's image was made from, and the digest of the app server in it."""

_SUBNETS = "10.213.0.0/16"


@dataclass(frozen=True)
class Project:
    """One appliance on one engine."""

    name: str
    """Compose's project name, or one that the data folder determines."""
    composed: bool
    """Whether proxy and app host are containers of a Compose project of that name."""
    app_image: str
    """What apps without needs of their own run in."""
    subnets: IPv4Network
    """Networks of apps are taken from here."""

    def labels(self, app: str | None = None) -> dict[str, str]:
        return {PROJECT: self.name} | ({APP: app} if app else {})

    def container(self, instance: str) -> str:
        return f"{self.name}-{instance}"

    def network(self, app: str) -> str:
        return f"{self.name}_app-{app}"

    def volume(self, app: str) -> str:
        return f"{self.name}_app-{app}"

    def environment_image(self, digest: str) -> str:
        return f"{self._repository}/environment:{digest[:24]}"

    def release_image(self, app: str, release: str) -> str:
        return f"{self._repository}/app-{app}:{release}"

    @property
    def _repository(self) -> str:
        # Compose allows names that begin or end with a dash or an underscore, registries do not.
        return re.sub(r"[-_]+", "-", self.name).strip("-")


def project(env: Mapping[str, str], data: Path) -> Project:
    """From `APPLIANCE_COMPOSE_PROJECT`, `APPLIANCE_APP_IMAGE`, `APPLIANCE_APP_NETWORKS`.

    Raises `ValueError` if the last is no IPv4 network.
    """
    composed = env.get("APPLIANCE_COMPOSE_PROJECT")
    own = sha256(str(data.resolve()).encode()).hexdigest()[:8]
    return Project(
        name=composed or f"gradio-appliance-{own}",
        composed=bool(composed),
        app_image=env.get("APPLIANCE_APP_IMAGE") or "gradio-appliance/app:local",
        subnets=_subnets(env.get("APPLIANCE_APP_NETWORKS") or _SUBNETS),
    )


def _subnets(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"APPLIANCE_APP_NETWORKS: {error}; expected e.g. {_SUBNETS}") from None
