"""What a new configuration changes about certificates, in words. Pure."""

from collections.abc import Iterator, Sequence

from appliance.certs.model import covered
from appliance.certs.names import names, orders
from appliance.config.planning import Action, Plan, Step, plan
from appliance.config.schema import Config

_SHOWN = 4


def full_plan(old: Config | None, new: Config) -> Plan:
    """Everything that will happen, certificates included."""
    return Plan((*plan(old, new).steps, *certificate_steps(old, new)))


def certificate_steps(old: Config | None, new: Config) -> Iterator[Step]:
    """From one configuration to another; `None`: nothing runs yet."""
    before = old or Config()
    mode = new.tls_mode
    if not names(new) or mode == "off":
        return
    switched = before.public and before.tls_mode != mode
    same = before.tls_mode == mode and before.tls.directory == new.tls.directory
    wanted = _new(orders(before), orders(new)) if same else _flat(orders(new))
    if mode == "certbot" and wanted:
        yield Step(Action.CERTIFICATES, None, ("tls",), _ordered(wanted, new, switched=switched))
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


def _ordered(wanted: Sequence[str], new: Config, *, switched: bool) -> str:
    until = "what serves them now goes on" if switched else "the local authority's serves them"
    whom = new.tls.directory
    return f"{listed(wanted)}: a new certificate is ordered from {whom}; {until} until then"


def listed(found: Sequence[str]) -> str:
    """As many as a line bears, and how many more there are."""
    if len(found) <= _SHOWN + 1:
        return ", ".join(found)
    return f"{', '.join(found[:_SHOWN])} and {len(found) - _SHOWN} more"
