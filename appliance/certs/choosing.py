"""Which certificate a visitor gets. Pure: nothing is read, nothing is done."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from appliance.certs.model import Certificate

Groups = Sequence[Sequence[Certificate]]
"""Certificates by preference, those that should serve first."""


def choose(groups: Groups, name: str, now: datetime) -> Certificate | None:
    """The best for visitors of `name`; None if none covers it.

    One that is valid now beats any that is not, whatever was preferred. Within a group the one
    that lasts longest wins.
    """
    ranked = [
        (one.valid(now), -rank, one.not_after, one)
        for rank, group in enumerate(groups)
        for one in group
        if one.covers(name)
    ]
    return max(ranked, key=lambda found: found[:-1], default=(None,))[-1]


def serving(groups: Groups, names: Iterable[str], now: datetime) -> tuple[Certificate, ...]:
    """What the proxy needs to serve all names, in a stable order.

    An expired one is left out where another of these covers its name: a proxy that holds two
    certificates for one name may take either.
    """
    chosen = {
        found.fingerprint: found
        for name in names
        if (found := choose(groups, name, now)) is not None
    }
    good = {fingerprint: one for fingerprint, one in chosen.items() if one.valid(now)}
    return tuple(one for _, one in sorted((good or chosen).items()))


def missing(
    certificates: Iterable[Certificate], names: Iterable[str], now: datetime
) -> tuple[str, ...]:
    """Names that no valid one of these covers."""
    valid = [one for one in certificates if one.valid(now)]
    return tuple(name for name in names if not any(one.covers(name) for one in valid))
