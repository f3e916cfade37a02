"""All checks, in the order in which their findings should be mended."""

from collections.abc import Iterator
from dataclasses import replace

from appliance.doctor import (
    caa,
    certificates,
    clock,
    credentials,
    ipv6,
    limits,
    names,
    ports,
    propagation,
    storage,
    wildcard,
)
from appliance.doctor.model import Check, Diagnosis, Examination, where

CHECKS: tuple[Check, ...] = (
    storage.check,
    clock.check,
    names.check,
    wildcard.check,
    ipv6.check,
    ports.check,
    credentials.check,
    propagation.check,
    caa.check,
    limits.check,
    certificates.check,
)


def examine(found: Examination) -> Iterator[Diagnosis]:
    """Everything, the good too: a person wants to see what was looked at."""
    for check in CHECKS:
        for one in check(found):
            yield replace(one, where=where(found.written, one.at))
