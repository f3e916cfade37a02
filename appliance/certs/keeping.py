"""Brings what is on disk and in the YAML to where visitors are served from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from appliance.certs import authority, history, publishing
from appliance.certs.authority import Authority
from appliance.certs.choosing import Groups, choose, missing, serving
from appliance.certs.model import Certificate, Origin
from appliance.certs.names import relay_names
from appliance.certs.ordering import renewal
from appliance.certs.own import Own, own
from appliance.certs.status import CertificateProblem, CertificatesStatus, name_statuses
from appliance.certs.store import Store
from appliance.config.addresses import is_ip, names
from appliance.config.schema import Config

_FORGOTTEN = timedelta(days=30)
_SOON = timedelta(days=14)
_NEWS = timedelta(days=30)
"""So long people are told that they have a new root to install."""
MARGIN = timedelta(seconds=5)
"""Before its end a certificate is out of use: the proxy takes a moment to read another one."""


@dataclass(frozen=True)
class Places:
    """Where things are kept, and where they go."""

    base: Path
    """Where relative paths of the YAML start."""
    data: Path
    """For the owner alone."""
    proxy: Path
    """Traefik's file."""
    relay: Path
    """Folder of the relay's files."""

    @property
    def store(self) -> Store:
        return Store(self.data / "certificates")

    @property
    def history(self) -> Path:
        return self.data / "certbot" / "history.json"


def keep(
    config: Config,
    places: Places,
    now: datetime,
    coming: Config | None = None,
    leaving: Config | None = None,
) -> CertificatesStatus:
    """Make, read, choose and hand out; what is served afterwards. Raises `OSError`.

    What authorities gave to the names of `coming`, which waits for more of it, and of `leaving`,
    which has just been served, is handed out too: whenever the proxy reads of other names, their
    certificates are there, and those of the former ones still are.
    """
    store, soon = places.store, now + MARGIN
    wanted, wanted_by_relay = names(config), relay_names(config)
    root = store.authority(wanted_by_relay, config.domain or "this machine")
    mine = own(config, places.base, now) if config.tls_mode == "files" else Own((), ())
    better = _better(config, places, mine, now)
    # Of two certificates for one name the proxy may show either, and prefers a name to a wildcard.
    better_ones = [one for group in better for one in group]
    lacking = missing(better_ones, wanted, soon)
    # Loopback's addresses are the relay's alone: the proxy would show that certificate, with all
    # names in it, to everyone who names nobody.
    local = _leaves(store, root, (lacking, wanted_by_relay), now)
    groups: Groups = [*better, local[:1] if lacking else []]
    valid = [one for one in better_ones if one.valid(soon)]
    awaited = tuple(name for name in names(coming or config) if name not in wanted)
    besides = (*awaited, *(names(leaving) if leaving else ()))
    ready = tuple(name for name in besides if not missing(valid, [name], soon))
    _to_proxy(config, places, groups, (*wanted, *ready), soon)
    for_relay = serving([*better, local[-1:]], (*wanted_by_relay, *ready), soon)
    return CertificatesStatus(
        mode=config.tls_mode,
        names=(*name_statuses(groups, wanted, soon), *name_statuses([valid], awaited, soon)),
        root=root.pem,
        root_fingerprint=root.fingerprint,
        root_made=root.made,
        root_replaced=store.replaced(root) and now - root.made < _NEWS,
        files=publishing.for_relay(places.relay, for_relay),
        problems=tuple(_problems(config, mine, groups, now)),
    )


def start(places: Places) -> None:
    """Before anything is known: strangers get a certificate that tells nothing.

    What an earlier run has left goes on serving. Raises `OSError`.
    """
    if not places.proxy.exists():
        publishing.for_proxy(places.proxy, (), places.store.nameless())


def _to_proxy(
    config: Config, places: Places, groups: Groups, served: tuple[str, ...], soon: datetime
) -> None:
    domain = config.domain if config.public else None
    address = choose(groups, domain, soon) if domain and is_ip(domain) else None
    chosen = serving(groups, served, soon)
    publishing.for_proxy(places.proxy, chosen, address or places.store.nameless())


def _leaves(
    store: Store, root: Authority, wanted: Sequence[tuple[str, ...]], now: datetime
) -> list[Certificate]:
    """The local authority's certificates, one for each set of names, made as they are needed."""
    known = [one for one in store.certificates() if one.origin is Origin.LOCAL_CA]
    leaves = [_leaf(store, root, known, names, now) for names in wanted if names]
    for other in known:
        if other not in leaves:
            store.drop(other)
    return leaves


def _leaf(
    store: Store,
    root: Authority,
    known: Sequence[Certificate],
    wanted: tuple[str, ...],
    now: datetime,
) -> Certificate:
    good = [
        one
        for one in known
        if set(one.names) == set(wanted) and now < renewal(one) and _signed(one, root)
    ]
    best = max(good, key=lambda one: one.not_after, default=None)
    if best is None:
        best = authority.issue(root, wanted, now)
        store.keep(best)
    return best


def _signed(one: Certificate, root: Authority) -> bool:
    leaf = x509.load_pem_x509_certificate(one.chain.encode())
    try:
        leaf.verify_directly_issued_by(root.root)
    except (InvalidSignature, ValueError):
        return False
    return True


def _better(config: Config, places: Places, mine: Own, now: datetime) -> Groups:
    """What is preferred to the local authority's.

    A mode that brings nothing leaves what was good before.
    """
    store = places.store
    if config.tls_mode in ("off", "local-ca"):
        return []
    stored = _remembered(store, mine, now)
    ordered = [one for one in stored if one.origin is Origin.CERTBOT]
    copied = [one for one in stored if one.origin is Origin.FILES]
    if config.tls_mode == "files":
        return [mine.certificates, copied, ordered]
    issued = history.fingerprints(history.read(places.history), config.tls.directory)
    current = [one for one in ordered if one.fingerprint in issued]
    former = [one for one in ordered if one.fingerprint not in issued]
    return [current, [*former, *copied]]


def _remembered(store: Store, mine: Own, now: datetime) -> Sequence[Certificate]:
    """What is stored, with copies of one's own files: those may be damaged tomorrow."""
    known = store.certificates()
    for one in mine.certificates:
        if one not in known and one.valid(now):
            store.keep(one)
    for one in known:
        replaced = one.origin is Origin.FILES and mine.certificates and not mine.troubles
        if now > one.not_after + _FORGOTTEN or (replaced and one not in mine.certificates):
            store.drop(one)
    return store.certificates()


def _problems(config: Config, mine: Own, groups: Groups, now: datetime) -> list[CertificateProblem]:
    found = [trouble.problem for trouble in mine.troubles]
    if config.tls_mode == "files":
        found += _expiring(groups, names(config), now)
    if config.public and config.tls.mode is None:
        found.append(_untrusted(config.domain or ""))
    return found


def _expiring(groups: Groups, wanted: tuple[str, ...], now: datetime) -> list[CertificateProblem]:
    chosen = {choose(groups, name, now) for name in wanted}
    return [
        CertificateProblem(
            code="certificate-expiring",
            message=f"your certificate for {', '.join(one.names)} expires on "
            f"{one.not_after:%Y-%m-%d}",
            remedy="Put a renewed certificate in its place; it is taken up within a minute.",
        )
        for one in chosen
        if one is not None and one.origin is Origin.FILES and one.not_after - now < _SOON
    ]


def _untrusted(domain: str) -> CertificateProblem:
    # No authority is asked for an address.
    better = "A name as `domain` can have" if is_ip(domain) else "Set `tls: {mode: certbot}` for"
    return CertificateProblem(
        code="certificate-local",
        message="Visitors come by HTTPS with a certificate that no browser knows yet.",
        remedy=f"{better} a trusted one. Or set `tls: {{mode: local-ca}}` and install the root "
        "from /-/certificate; docs/tls.md leads through both.",
    )
