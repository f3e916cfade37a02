"""Each count of the relay has one name, and none is forgotten when processes are summed."""

from collections import Counter
from dataclasses import fields
from types import SimpleNamespace
from typing import Any, cast

import pytest

from appliance.relay.gateway.answers import Kind
from appliance.relay.gateway.stats import GatewayStats
from appliance.relay.metrics import RelayMetrics
from appliance.relay.relay import Relay
from appliance.relay.tunnel.stats import TunnelStats

NOW = {"newcomers", "clients", "tunnels", "open"}
"""Counts that go down again."""


def filled(kind: type[TunnelStats] | type[GatewayStats], first: int) -> Any:
    """Another number in each field."""
    made = kind()
    for number, one in enumerate(fields(made), first):
        value = getattr(made, one.name)
        if isinstance(value, Counter):
            value["a reason"] = number
        elif isinstance(value, dict):
            value[Kind.SLOW] = number
        else:
            setattr(made, one.name, number)
    return made


def numbers(stats: TunnelStats | GatewayStats) -> dict[str, int]:
    return {
        one.name: sum(value.values()) if isinstance(value, dict) else value
        for one in fields(stats)
        for value in (getattr(stats, one.name),)
    }


def test_each_count_is_told() -> None:
    tunnel, gateway = filled(TunnelStats, 100), filled(GatewayStats, 200)
    relay = SimpleNamespace(
        workers=2,
        status=lambda: SimpleNamespace(connected=31, away=32, ending=33),
        counted=lambda: (tunnel, gateway),
    )
    told = {
        sample.name: sample.value
        for metric in RelayMetrics(cast(Relay, relay)).collect()
        for sample in metric.samples
        if sample.value
    }
    for part, stats in (("tunnel", tunnel), ("gateway", gateway)):
        for name, value in numbers(stats).items():
            suffix = "" if name in NOW else "_total"
            assert told[f"appliance_{part}_{name}{suffix}"] == value


@pytest.mark.parametrize("kind", [TunnelStats, GatewayStats])
def test_each_count_is_summed_and_what_is_over_is_not_now(
    kind: type[TunnelStats] | type[GatewayStats],
) -> None:
    one, other = filled(kind, 1), filled(kind, 1000)
    expected = {
        name: value + numbers(other)[name] * (name not in NOW)
        for name, value in numbers(one).items()
    }
    one.add(other.past())
    assert numbers(one) == expected
