"""Certificates of one's own: the files that `tls.certificates` names."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.certs.choosing import missing
from appliance.certs.model import Certificate, CertificateError, Origin, parsed
from appliance.certs.status import CertificateProblem
from appliance.config.addresses import names
from appliance.config.findings import KeyPath
from appliance.config.schema import Config
from appliance.config.secrets import SecretError, readable, resolve
from appliance.config.tls import CertificateFiles

_MAX_BYTES = 256 * 1024


@dataclass(frozen=True)
class Trouble:
    """A problem and the key of the YAML it is about."""

    at: KeyPath
    problem: CertificateProblem
    expected: str
    """What should be there instead."""


@dataclass(frozen=True)
class Own:
    """What the files hold now."""

    certificates: tuple[Certificate, ...]
    troubles: tuple[Trouble, ...]


def own(config: Config, base_folder: Path, now: datetime) -> Own:
    """Read all pairs; relative paths start at `base_folder`. One bad pair hides no other."""
    found: list[Certificate] = []
    troubles: list[Trouble] = []
    for index, pair in enumerate(config.tls.certificates):
        at = ("tls", "certificates", index)
        try:
            one = _read(pair, base_folder)
        except (CertificateError, SecretError) as error:
            remedy = getattr(error, "remedy", "the files as your authority gave them")
            problem = CertificateProblem(
                code="certificate-unusable",
                message=f"{pair.chain}: {error}",
                remedy=f"Needed: {remedy}.",
            )
            troubles.append(Trouble(at, problem, remedy))
            continue
        found.append(one)
        if not one.valid(now):
            troubles.append(
                Trouble((*at, "chain"), _not_valid(pair, one, now), "one that is valid now")
            )
    if found and not troubles:
        troubles += _uncovered(found, config, now)
    return Own(tuple(found), tuple(troubles))


def _read(pair: CertificateFiles, base_folder: Path) -> Certificate:
    path = base_folder / pair.chain
    try:
        with path.open("rb") as file:
            chain = file.read(_MAX_BYTES).decode("ascii")
    except FileNotFoundError:
        raise CertificateError(f"there is no such file in {base_folder.absolute()}") from None
    except PermissionError as error:
        problem = f"it cannot be read: {error.strerror}"
        raise SecretError("certificate-unreadable", problem, readable()) from None
    except OSError as error:
        raise CertificateError(f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CertificateError("there is no certificate in PEM form in it") from None
    return parsed(chain, resolve(pair.key, base_folder).reveal(), Origin.FILES)


def _not_valid(pair: CertificateFiles, one: Certificate, now: datetime) -> CertificateProblem:
    if now >= one.not_after:
        return CertificateProblem(
            code="certificate-expired",
            message=f"{pair.chain} expired on {one.not_after:%Y-%m-%d}",
            remedy="Put a renewed certificate in its place; it is taken up within a minute.",
        )
    return CertificateProblem(
        code="certificate-not-yet-valid",
        message=f"{pair.chain} is valid from {one.not_before:%Y-%m-%d %H:%M} UTC on",
        remedy="Wait until then, or set the clock of this machine.",
    )


def _uncovered(found: list[Certificate], config: Config, now: datetime) -> list[Trouble]:
    uncovered = missing(found, names(config), now)
    if not uncovered:
        return []
    problem = CertificateProblem(
        code="names-uncovered",
        message=f"no certificate of yours covers {', '.join(uncovered)}",
        remedy="Add one that does; until then visitors of these names get our own authority's.",
    )
    return [Trouble(("tls", "certificates"), problem, "one more that does")]
