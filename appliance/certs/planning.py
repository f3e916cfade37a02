"""What a new configuration changes about certificates, in words. Pure."""

from collections.abc import Iterator, Sequence

from cryptography import x509

from appliance.certs.authority import may_sign
from appliance.certs.model import covered
from appliance.certs.moving import lasts, served, vouched
from appliance.certs.names import orders, relay_names
from appliance.certs.status import CertificatesStatus
from appliance.config.addresses import names
from appliance.config.naming import naming
from appliance.config.planning import Action, Plan, Step, plan
from appliance.config.schema import Config

_SHOWN = 4


def full_plan(old: Config | None, new: Config, known: CertificatesStatus | None) -> Plan:
    """Everything that will happen, certificates included; `known`: what they are now."""
    steps = plan(old, new).steps
    return Plan((*steps, *certificate_steps(old, new, known or CertificatesStatus())))


def certificate_steps(old: Config | None, new: Config, known: CertificatesStatus) -> Iterator[Step]:
    """From one configuration to another; `None`: nothing runs yet."""
    yield from _certificates(old or Config(), new, known)
    if old is not None and (step := _root(old, new, known)):
        yield step


def _certificates(before: Config, new: Config, known: CertificatesStatus) -> Iterator[Step]:
    mode = new.tls_mode
    if not names(new) or mode == "off":
        return
    switched = before.public and before.tls_mode != mode
    same = before.tls_mode == mode and before.tls.directory == new.tls.directory
    wanted = _new(orders(before), orders(new)) if same else _flat(orders(new))
    if mode == "certbot" and wanted:
        until = "what serves them now goes on" if switched else "the local authority's serves them"
        if _awaited(before, new, known):
            until = "everything stays where it is"
        text = f"a new certificate is ordered from {new.tls.directory}; {until} until then"
        yield Step(Action.CERTIFICATES, None, ("tls",), f"{listed(wanted)}: {text}")
    fresh = [name for name in names(new) if name not in names(before)]
    alone = [name for name in fresh if not covered(name, _flat(orders(new)))]
    if mode == "certbot" and alone:
        text = f"{listed(alone)}: no authority gives these by HTTP; they have the local one's"
        yield Step(Action.CERTIFICATES, None, ("tls.challenge",), text)
    if mode == "local-ca" and fresh:
        text = f"{listed(fresh)}: a certificate of the local authority, at once"
        yield Step(Action.CERTIFICATES, None, ("tls.mode",), text)
    elif mode == "files" and (fresh or switched):
        text = f"{listed(fresh or names(new))}: your files must cover these; the local authority's "
        yield Step(
            Action.CERTIFICATES, None, ("tls.certificates",), f"{text}serves where none does"
        )


def _new(old: Sequence[tuple[str, ...]], new: Sequence[tuple[str, ...]]) -> list[str]:
    known = _flat(old)
    return [name for name in _flat(new) if name not in known]


def _flat(groups: Sequence[tuple[str, ...]]) -> list[str]:
    return [name for group in groups for name in group]


def _awaited(before: Config, new: Config, known: CertificatesStatus) -> bool:
    """Whether the names of before go on until the others have their certificates."""
    certified = vouched(known)
    lasting = naming(before) if lasts(before, certified) else None
    return bool(served(new, lasting, certified).awaited)


def _root(before: Config, new: Config, known: CertificatesStatus) -> Step | None:
    """People have work to do when the local authority gets another root."""
    to_come = _flat(orders(new)) if new.tls_mode == "certbot" else []
    local = [name for name in names(new) if not covered(name, to_come)]
    if new.tls_mode not in ("local-ca", "certbot") or not local or not known.root:
        return None
    root = x509.load_pem_x509_certificate(known.root.encode())
    if may_sign(root, relay_names(new)):
        return None
    text = f"{listed(local)}: trusted where the root from /-/certificate is installed"
    if before.public:
        text += "; it is another one than before, also for who has installed that"
    return Step(Action.CERTIFICATES, None, ("tls.mode",), text)


def listed(found: Sequence[str]) -> str:
    """As many as a line bears, and how many more there are."""
    if len(found) <= _SHOWN + 1:
        return ", ".join(found)
    return f"{', '.join(found[:_SHOWN])} and {len(found) - _SHOWN} more"
