"""What the dashboard says of certificates. Pure."""

from dataclasses import dataclass
from datetime import datetime

from appliance.certs.model import Origin
from appliance.certs.status import CertificatesStatus

_WHO = {
    Origin.LOCAL_CA: "this appliance's own authority",
    Origin.FILES: "a file of yours",
    Origin.CERTBOT: "certbot",
}
_SOON = 14
"""Days."""


@dataclass(frozen=True)
class NameRow:
    name: str
    by: str
    """Empty: there is no certificate."""
    issuer: str
    days: int | None
    soon: bool
    ordered: bool
    """By certbot, so that it can be revoked."""


def name_rows(status: CertificatesStatus, now: datetime) -> tuple[NameRow, ...]:
    """In the order of the status."""
    found = []
    for one in status.names:
        days = (one.expires - now).days if one.expires else None
        found.append(
            NameRow(
                name=one.name,
                by=_WHO.get(one.origin, one.origin.value) if one.origin else "",
                issuer=one.issuer,
                days=days,
                soon=days is None or days < _SOON,
                ordered=one.origin is Origin.CERTBOT,
            )
        )
    return tuple(found)


def soonest(status: CertificatesStatus, now: datetime) -> int | None:
    """Days until the first one expires; None without any."""
    days = [row.days for row in name_rows(status, now) if row.days is not None]
    return min(days, default=None)
