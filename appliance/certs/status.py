"""What is known about certificates: part of the control process's status."""

from collections.abc import Iterable
from datetime import datetime

from appliance.certs.choosing import Groups, choose
from appliance.certs.model import Origin
from appliance.document import Document


class NameStatus(Document):
    """One name by which visitors come."""

    name: str
    origin: Origin | None = None
    """None: there is no certificate for it."""
    issuer: str = ""
    expires: datetime | None = None
    fingerprint: str = ""
    """SHA-256 of the certificate, in hex."""


class CertificateProblem(Document):
    """Something to do about certificates; visitors are served meanwhile as well as can be.

    Nothing of it is secret: it is shown on terminals, pages and in logs.
    """

    code: str
    """Stable, such as `certificate-expired`."""
    message: str
    remedy: str


class CertificatesStatus(Document):
    """All names, and what comes next."""

    mode: str = "off"
    names: tuple[NameStatus, ...] = ()
    root: str = ""
    """PEM of the local authority's root."""
    root_fingerprint: str = ""
    """SHA-256 of the local authority's root, in hex."""
    root_made: datetime | None = None
    """When the local authority's root was made."""
    root_replaced: bool = False
    """Another root came before it not long ago: who has installed that one must install this."""
    files: tuple[str, ...] = ()
    """For the relay: each holds a key and its chain. Their names change with their content."""
    ordering: tuple[str, ...] = ()
    """Names that an authority is being asked for now."""
    next_order: datetime | None = None
    """When it will be asked again."""
    problems: tuple[CertificateProblem, ...] = ()


def name_statuses(groups: Groups, names: Iterable[str], now: datetime) -> tuple[NameStatus, ...]:
    """Which certificate each name has."""
    found = []
    for name in names:
        one = choose(groups, name, now)
        if one is None:
            found.append(NameStatus(name=name))
            continue
        found.append(
            NameStatus(
                name=name,
                origin=one.origin,
                issuer=one.issuer,
                expires=one.not_after,
                fingerprint=one.fingerprint,
            )
        )
    return tuple(found)
