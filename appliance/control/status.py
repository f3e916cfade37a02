"""What the control process knows: the documents behind `GET /status` and the pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from appliance.apps.model import HostStatus
from appliance.certs.status import CertificatesStatus
from appliance.config.findings import Finding
from appliance.config.naming import Naming
from appliance.config.schema import Config
from appliance.document import Document
from appliance.relay.model import RelayStatus


class ConfigStatus(Document):
    """The YAML as it is on disk now. What is in force may be an older one."""

    file: str
    state: Literal["ok", "invalid", "missing"]
    findings: tuple[Finding, ...] = ()
    applied_at: datetime | None = None
    """When the configuration in force was taken up."""


class PortStatus(Document):
    """One entry point."""

    wanted: int | None
    """By the YAML; None: not open in this mode."""
    published: str | None
    """`host:port` on the machine or `none`; None: nobody told."""


class RoutesStatus(Document):
    """Whether Traefik does what the configuration and the apps ask for."""

    live: bool
    detail: tuple[str, ...] = ()
    """Sentences about what is not live."""


class Notice(Document):
    """Something the operator should know; nothing is broken for visitors yet."""

    code: str
    """Stable: `ports-differ`, `last-good`, `app-host-away`, `no-admin`, `relay-away`, `relay`,
    `secret`, `disk`, `names-wait`, `certificate-…`."""
    message: str
    remedy: str


class Status(Document):
    """The answer to `GET /status`."""

    config: ConfigStatus
    text: str
    """The YAML in force."""
    ports: dict[Literal["local", "http", "https", "share"], PortStatus]
    routes: RoutesStatus
    host: HostStatus
    relay: RelayStatus | None = None
    """None before the relay has answered."""
    names: Naming | None = None
    """By which visitors come while those of the YAML wait for their certificates."""
    certificates: CertificatesStatus = CertificatesStatus()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """All of it at one moment; the pages are a function of this."""

    config: Config
    """In force."""
    status: Status
