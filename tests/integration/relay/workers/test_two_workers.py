"""Gradio's own clients at two workers: to visitors and to the operator they are one relay."""

import hashlib
import json
import time
from contextlib import ExitStack

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from appliance.relay.workers import ports
from tests.integration.relay.gateway.app import NOISE
from tests.integration.relay.workers.company import Company, ask
from tests.integration.relay.workers.conftest import Shared
from tests.running.process import child
from tests.running.relay import WANTED, gradios_client
from tests.running.traefik import until

WAYS = [(0, 0), (0, 1), (1, 0), (1, 1)]
"""Of a visitor's worker and a share's."""
FROM_OUTSIDE = {"X-Real-Ip": "203.0.113.9", "X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
def alone(shared: Shared) -> Company:
    """The same relay, as it is told by default."""
    shared.company.relay.want(WANTED)
    return shared.company


def test_each_share_is_reached_by_way_of_each_worker_and_counted_once(shared: Shared) -> None:
    company = shared.company
    salts = {"salts": {str(int(time.time() // 86_400) + day): "00" * 16 for day in (0, 1)}}
    company.relay.ask("POST", "/visits", json=salts).raise_for_status()
    before = company.relay.shares()
    for visitors, clients in WAYS:
        with company.visitor(visitors) as connection:
            for _ in range(3):
                answer = ask(connection, shared.names[clients], headers=FROM_OUTSIDE)
                seen = json.loads(answer.read())["headers"]
                assert seen["x-real-ip"] == seen["x-forwarded-for"] == "203.0.113.9"
                assert seen["host"] == f"{shared.names[clients]}.share.localhost"

    def counted() -> bool:
        after = company.relay.shares()
        return all(
            after[name]["requests"] == before[name]["requests"] + 6
            and after[name]["visitors"] >= 1
            and after[name]["open"] == 0
            for name in shared.names
        )

    until(counted)
    reports = company.relay.ask("POST", "/visits", json=salts).json()["reports"]
    seen = {one["name"]: sum(hour["requests"] for hour in one["told"]["hours"]) for one in reports}
    assert seen == dict.fromkeys(shared.names, 6)
    assert len({one["told"]["source"] for one in reports}) == 2


def test_large_bodies_pass_whole_between_workers(shared: Shared) -> None:
    for visitors, clients in WAYS:
        name, body = shared.names[clients], NOISE * 8
        with shared.company.visitor(visitors) as connection:
            told = json.loads(ask(connection, name, "/digest", method="POST", body=body).read())
            assert told == {"digest": hashlib.sha256(body).hexdigest(), "size": len(body)}
            answer = ask(connection, name, "/noise/8")
            assert hashlib.sha256(answer.read()).hexdigest() == told["digest"]


def test_events_stream_and_an_app_notices_who_leaves(shared: Shared) -> None:
    for visitors, clients in WAYS:
        shared.app.begun.clear()
        shared.app.left.clear()
        with (
            shared.company.visitor(visitors) as connection,
            ask(connection, shared.names[clients], "/endless") as answer,
        ):
            assert answer.readline() == b"data: more\n"
        assert shared.app.left.wait(60)


def test_a_share_is_ended_at_whichever_worker_it_is(alone: Company) -> None:
    with ExitStack() as clients:
        names = [alone.share_at(clients, worker) for worker in (0, 1)]
        for name in names:
            alone.relay.ask("POST", f"/shares/{name}/kick").raise_for_status()
            for worker in (0, 1):
                until(lambda n=name, w=worker: alone.get(w, n) == httpx.codes.GONE)


def test_limits_hold_for_all_workers_together(alone: Company) -> None:
    relay = alone.relay
    with ExitStack() as clients:
        # Both that are shared already, and one more from the same address.
        relay.want({**WANTED, "per_address": 3, "requests": 1})
        name = alone.share(clients, "third")
        log = alone.folder / "fourth.log"
        refused = gradios_client(f"127.0.0.1:{relay.clients}", alone.app_port, "fourth")
        with child(refused, folder=alone.folder, log=log, environment={}):
            until(lambda: "your address has 3 shares open" in log.read_text())
        visitors = [clients.enter_context(alone.visitor(worker)) for worker in (0, 1)]
        answers = []
        for _ in range(4):
            for visitor in visitors:
                answer = ask(visitor, name)
                answer.read()
                answers.append(answer.status)
        # Twice the rate may come at once, whatever the worker.
        assert answers[:2] == [200, 200]
        assert 429 in answers
    relay.want(WANTED)


def test_what_an_owner_has_under_way_counts_at_all_workers(shared: Shared) -> None:
    """Each worker has the client of one of an address's two shares."""
    company = shared.company
    company.relay.want({**WANTED, "connections_per_owner": 2})

    def status(worker: int) -> int:
        return company.get(worker, shared.names[worker])

    with ExitStack() as visits:
        for worker in (0, 1):
            visitor = visits.enter_context(company.visitor(worker))
            answer = visits.enter_context(ask(visitor, shared.names[worker], "/endless"))
            assert answer.status == 200
        for worker in (0, 1):
            until(lambda w=worker: status(w) == httpx.codes.SERVICE_UNAVAILABLE)
    for worker in (0, 1):
        until(lambda w=worker: status(w) == httpx.codes.OK)
    company.relay.want(WANTED)


def test_metrics_are_those_of_all_workers(alone: Company) -> None:
    def value(name: str) -> float:
        text = alone.relay.ask("GET", "/metrics").text
        families = text_string_to_metric_families(text)
        return next(one.samples[0].value for one in families if one.name == name)

    assert value("appliance_relay_workers") == 2
    until(
        lambda: value("appliance_tunnel_clients") == sum(map(live, alone.relay.shares().values()))
    )


def live(share: dict) -> bool:
    return share["state"] == "live"


def test_a_port_of_somebody_elses_is_not_shared(alone: Company) -> None:
    """Another relay, whose workers would share the port as well."""
    with pytest.raises(OSError, match="in use"):
        ports.listening("127.0.0.1", alone.relay.visitors, 2)
