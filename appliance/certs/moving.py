"""Which names are served while others wait for their certificates. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from appliance.certs.model import Origin, covered
from appliance.certs.names import orders
from appliance.certs.status import CertificatesStatus
from appliance.config.addresses import address, share_domain
from appliance.config.naming import Naming, collides, named, naming
from appliance.config.schema import Config


@dataclass(frozen=True)
class Served:
    """What visitors find."""

    config: Config
    awaited: tuple[str, ...] = ()
    """Names of the YAML that have no certificate yet; till then those of before go on."""


def served(wanted: Config, lasting: Naming | None, certified: Collection[str]) -> Served:
    """`wanted` is the YAML's, `lasting` the last names that had what they needed."""
    if lasting is None or wanted.tls_mode != "certbot" or naming(wanted) == lasting:
        return Served(wanted)
    before = named(wanted, lasting)
    awaited = tuple(dict.fromkeys(_awaited(before, wanted, lasting, certified)))
    return Served(before, awaited) if awaited and not collides(before) else Served(wanted)


def vouched(known: CertificatesStatus) -> frozenset[str]:
    """Names for which an authority vouches; what has expired is not chosen for a name."""
    return frozenset(one.name for one in known.names if one.origin is Origin.CERTBOT)


def lasts(config: Config, certified: Collection[str]) -> bool:
    """Whether its names have what its mode promises, so that visitors may count on them."""
    return config.tls_mode != "certbot" or config.domain in certified


def _awaited(
    before: Config, wanted: Config, lasting: Naming, certified: Collection[str]
) -> Iterator[str]:
    """What visitors of the former names would lose.

    A name that no authority gives, or that was no better off before than its like, holds nobody up.
    """
    to_come = [name for group in orders(wanted) for name in group]
    # Where none was certified, visitors knew another kind of certificate.
    alike = before.domain not in certified
    for old, new in _pairs(before, wanted, lasting):
        good = alike or old in certified
        if old != new and good and new not in certified and covered(new, to_come):
            yield new


def _pairs(before: Config, wanted: Config, lasting: Naming) -> Iterator[tuple[str, str]]:
    """Each name of before, and the one that takes its place."""
    if before.domain and wanted.domain:
        yield before.domain, wanted.domain
    for app in wanted.apps:
        old, new = address(before, app).host, address(wanted, app).host
        if app in lasting.apps and old and new:
            yield old, new
    if lasting.share and wanted.share:
        yield f"*.{lasting.share}", f"*.{share_domain(wanted)}"
