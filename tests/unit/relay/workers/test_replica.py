"""What a worker knows of names, and where it brings their visitors."""

from dataclasses import fields

from appliance.relay.gateway.directory import Gone, Why
from appliance.relay.joint import IN_ALL, JointLimits, Terms
from appliance.relay.lock import locked
from appliance.relay.share import HttpOptions, Share
from appliance.relay.workers.notes import Facts, to_worker
from appliance.relay.workers.replica import Replica
from tests.unit.relay.shares.bench import Client

HOST = "a.share.test"
LOCAL = {"elsewhere", "upstream", "traffic", "visits", "met", "allowance"}
"""What a worker has of its own."""


LOCK = locked(bytes(range(128, 160)), "a", "password")


class Worker:
    """Number 1 of two."""

    def __init__(self) -> None:
        self.client, self.other = Client(), Client()
        others = {0: self.other}.__getitem__
        self.replica = Replica(1, {7: self.client}.get, others, JointLimits(2))
        self.replica.own.shared = True

    def told(self, **more) -> Share | Gone | None:
        facts = Facts(**{**BEFORE, **more})
        again = to_worker.validate_json(facts.model_dump_json())
        assert again == facts
        self.replica.told(facts)
        return self.replica.find(HOST, "/")


BEFORE = {
    "name": "a", "hosts": (HOST,), "url": f"http://{HOST}", "owner": "key:ada",
    "locations": ("/",), "options": HttpOptions(user="ada", password="secret"), "lock": None,
    "since": 1.0, "expires": None, "rate": None, "joint_limits": (), "gone": None, "way": None,
}  # fmt: skip


def test_every_fact_of_a_share_reaches_the_workers() -> None:
    """What is not told would not hold at a worker: a password, a limit, an end."""
    assert {field.name for field in fields(Share)} - LOCAL <= set(Facts.model_fields)
    given = {"owner": "key:eve", "since": 2.0, "expires": 3.0, "rate": 4.0, "lock": LOCK}
    given["joint_limits"] = (Terms("key:eve", 5.0, 6), Terms(IN_ALL, None, 7))
    share = Worker().told(**given)
    assert isinstance(share, Share)
    for name in {field.name for field in fields(Share)} - LOCAL:
        found = getattr(share, name)
        if name == "joint_limits":
            found = tuple(limit.terms for limit in found)
        assert found == {**BEFORE, **given}[name]


def test_a_client_of_ones_own_and_of_another_worker() -> None:
    worker = Worker()
    here = worker.told(way=(1, 7))
    assert isinstance(here, Share)
    assert here.upstream is worker.client
    assert not here.elsewhere
    there = worker.told(way=(0, 3), lock=LOCK)
    assert isinstance(there, Share)
    assert there.elsewhere
    assert there.upstream is worker.other
    # What visitors need is asked where the client is.
    assert there.options == HttpOptions()
    assert there.lock is None
    # Who comes from there goes no further.
    own = worker.replica.own.find(HOST, "/")
    assert own is here
    assert own.upstream is None
    assert worker.told(way=(1, 8)) is here
    assert here.upstream is None


def test_names_that_end_move_and_are_forgotten() -> None:
    worker = Worker()
    worker.told()
    gone = Gone(Why.EXPIRED, 5.0)
    assert worker.told(gone=gone) == worker.replica.own.find(HOST, "/") == gone
    worker.told(hosts=("b.share.test",))
    assert worker.replica.find(HOST, "/") is None
    assert worker.replica.find("b.share.test", "/") is worker.replica.shares["a"]
    worker.replica.forgotten("a")
    worker.replica.forgotten("a")
    assert worker.replica.find("b.share.test", "/") is None


def test_a_limit_starts_anew_only_when_it_is_another_one() -> None:
    worker = Worker()
    share = worker.told(rate=1.0)
    assert isinstance(share, Share)
    limit = share.allowance
    worker.told(rate=1.0, expires=9.0)
    assert share.allowance is limit
    worker.told(rate=0.0)
    assert share.allowance is not None
    assert not share.allowance.take(0.0)
    worker.told(rate=None)
    assert share.allowance is None


def test_nothing_is_found_while_nothing_is_shared() -> None:
    worker = Worker()
    worker.told()
    worker.replica.own.shared = False
    assert worker.replica.find(HOST, "/") is None
    assert worker.replica.own.find(HOST, "/") is None
