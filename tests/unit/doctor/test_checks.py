"""Each check against a world in which one thing is wrong."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from appliance.certs.history import Attempt
from appliance.certs.model import Origin
from appliance.certs.refusals import Refusal
from appliance.certs.status import CertificateProblem, CertificatesStatus, NameStatus
from appliance.config.findings import Reporter
from appliance.config.loading import load_text
from appliance.config.schema import Config
from appliance.doctor import propagation
from appliance.doctor.examining import CHECKS, examine
from appliance.doctor.model import Examination
from tests.unit.doctor.world import HERE, NOW, THERE, WRITTEN, World, bad, examination, name


def test_a_domain_that_leads_nowhere_is_no_matter_of_firewalls(tmp_path):
    world = World(leads={"x.org": ()}, closed={80, 443, 7000})
    assert bad(examination(world, tmp_path)) == [("names", "x.org leads nowhere")]


def test_where_all_is_well_everything_was_looked_at(tmp_path):
    found = examination(World(), tmp_path)
    assert bad(found) == []
    # With IPv4 alone a check of IPv6 has nothing to say.
    assert {one.check for one in examine(found)} == {
        check.__module__.rpartition(".")[2] for check in CHECKS
    } - {"ipv6"}


@pytest.mark.parametrize("ipv4_only", [True, False])
def test_a_name_with_ipv6_is_told_where_ports_are_open_by_ipv4_only(tmp_path, ipv4_only):
    both = (HERE, "2001:db8::7")
    world = World(own=frozenset(both), leads={"x.org": both}, wildcard=both)
    told = bad(replace(examination(world, tmp_path), ipv4_only=ipv4_only))
    message = "x.org leads to 2001:db8::7, but containers take visitors by IPv4 only"
    assert told == ([("ipv6", message)] if ipv4_only else [])


def test_behind_a_router_it_looks_whether_it_meets_itself(tmp_path):
    assert bad(examination(World(own=frozenset({"10.0.0.2"})), tmp_path)) == []


@pytest.mark.parametrize(
    ("world", "check", "words"),
    [
        (World(leads={"hello.x.org": ()}), "names", "hello.x.org leads nowhere"),
        (
            World(leads={"hello.x.org": (THERE,)}, answer=(404, "")),
            "names",
            f"hello.x.org leads to {THERE}, where somebody else answers",
        ),
        (
            World(leads={"hello.x.org": (THERE,)}, answer=None),
            "names",
            f"hello.x.org leads to {THERE}, where nobody answers by plain HTTP",
        ),
        (World(wildcard=()), "wildcard", "*.share.x.org leads nowhere"),
        (World(wildcard=(THERE,)), "wildcard", f"*.share.x.org leads to {THERE}, unlike x.org"),
        (World(closed={443}), "ports", "port 443 (HTTPS) does not answer at x.org"),
        (World(closed={80}), "ports", "port 80 (HTTP) does not answer at x.org"),
        (World(closed={7000}), "ports", "port 7000 (share links) does not answer at share.x.org"),
        (World(strangers={80}), "ports", "at x.org somebody else answers on port 80 (HTTP)"),
        (World(strangers={443}), "ports", "at x.org somebody else answers on port 443 (HTTPS)"),
        (
            World(strangers={7000}),
            "ports",
            "at share.x.org somebody else answers on port 7000 (share links)",
        ),
        (
            World(leads={"share.x.org": ()}),
            "names",
            "share.x.org leads nowhere: share clients do not find the relay",
        ),
        (World(time=NOW + timedelta(hours=1)), "clock", "the clock is wrong by 3600 seconds"),
        (World(time=None), "clock", "does not answer"),
        (World(records=('issue "other.org"',)), "caa", "forbid letsencrypt.org"),
        (World(records=None), "caa", "cannot be asked for"),
    ],
)
def test_what_is_wrong_with_the_world_is_found(tmp_path, world, check, words):
    found = bad(examination(world, tmp_path))
    assert {one for one, _ in found} == {check}
    assert words in found[0][1]


@pytest.mark.parametrize(
    ("records", "good"),
    [
        ((), True),
        (("issue letsencrypt.org",), True),
        (("issue letsencrypt.org; validationmethods=dns-01",), True),
        (("issue other.org", "issue letsencrypt.org"), True),
        (("issue other.org",), False),
        (("issue ;",), False),
        (("issue letsencrypt.org", "issuewild other.org"), False),
        (("iodef mailto:a@x.org",), True),
    ],
)
def test_caa_records_are_read_as_an_authority_does(tmp_path, records, good):
    found = examination(World(records=records), tmp_path)
    assert (bad(found) == []) is good


def test_wildcard_records_count_for_wildcards_alone(tmp_path):
    found = examination(World(records=("issuewild other.org",)), tmp_path)
    assert [text.split(" forbid")[0] for _, text in bad(found)] == [
        "the CAA records of *.x.org",
        "the CAA records of *.share.x.org",
    ]


def test_credentials_that_are_not_there(tmp_path):
    found = examination(World(), tmp_path)
    (tmp_path / "cloudflare.ini").unlink()
    assert bad(found) == [("credentials", "there is no file cloudflare.ini")]


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (World(taken=Refusal("credentials", "no token", "Correct it.")), "no token"),
        (
            World(shown={"ns1.x.org": WRITTEN, "ns2.x.org": frozenset()}),
            "_acme-challenge.x.org was written, and ns2.x.org did not show it",
        ),
        (World(shown={}), "the name servers of _acme-challenge.x.org cannot be asked"),
    ],
)
def test_records_that_an_authority_would_not_find(tmp_path, monkeypatch, world, words):
    monkeypatch.setattr(propagation, "_PATIENCE", 0.0)
    check, text = bad(examination(world, tmp_path))[0]
    assert (check, text) == ("propagation", words)


def test_no_record_is_tried_beside_those_of_an_order(tmp_path):
    status = CertificatesStatus(mode="certbot", names=(name("x.org"),), ordering=("y.org",))
    found = replace(examination(World(), tmp_path), certificates=status)
    assert bad(found) == [("propagation", "records of an order are being written just now")]


def test_an_authority_that_must_not_be_asked_yet(tmp_path):
    failures = tuple(
        Attempt(
            at=NOW - timedelta(minutes=minutes),
            directory="letsencrypt",
            subject="s",
            names=("x.org",),
            code="dns",
        )
        for minutes in (40, 30, 20, 10)
    )
    found = replace(examination(World(), tmp_path), history=failures)
    ((check, text),) = bad(found)
    assert check == "limits"
    assert text.endswith("before 2026-07-01 00:20 UTC")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (name("x.org", days=-1), "no valid certificate"),
        (name("x.org", Origin.LOCAL_CA), "of this appliance's own"),
        (name("x.org", days=3), "expires on 2026-07-04"),
    ],
)
def test_certificates_that_visitors_will_not_like(tmp_path, one, words):
    status = CertificatesStatus(mode="certbot", names=(one,))
    found = replace(examination(World(), tmp_path), certificates=status)
    ((check, text),) = bad(found)
    assert check == "certificates"
    assert words in text


def test_what_is_the_same_for_many_names_is_said_once(tmp_path):
    names = tuple(name(f"{letter}.x.org", Origin.LOCAL_CA) for letter in "abcdefg")
    status = CertificatesStatus(mode="certbot", names=names)
    found = replace(examination(World(), tmp_path), certificates=status)
    ((_, text),) = bad(found)
    assert text.startswith("a.x.org, b.x.org, c.x.org, d.x.org and 3 more: only a certificate")
    assert [one.message for one in examine(found) if one.check == "names"] == [
        f"x.org, hello.x.org, share.x.org lead to {HERE}, this machine"
    ]


def test_an_order_under_way_is_not_yet_a_fault(tmp_path):
    status = CertificatesStatus(
        mode="certbot",
        names=(name("x.org", Origin.LOCAL_CA), name("share.x.org", Origin.LOCAL_CA)),
        ordering=("x.org", "*.x.org"),
    )
    found = replace(examination(World(), tmp_path), certificates=status)
    (one,) = (one for one in examine(found) if one.check == "certificates")
    assert (one.state, one.remedy) == ("unknown", "Ask again in a minute or two.")


def test_shares_without_a_wildcard_are_told_the_one_way_to_get_it(tmp_path):
    local = (name("share.x.org", Origin.LOCAL_CA), name("*.share.x.org", Origin.LOCAL_CA))
    status = CertificatesStatus(mode="certbot", names=(name("x.org"), *local))
    found = replace(examination(World(), tmp_path, challenge="http"), certificates=status)
    (one,) = (one for one in examine(found) if one.state == "bad")
    assert one.message.startswith("share.x.org, *.share.x.org: only")
    assert "`tls.challenge: {dns: …}`" in one.remedy


def test_whatever_is_wrong_comes_with_what_to_do(tmp_path):
    worlds = (
        World(leads={"hello.x.org": ()}, wildcard=(), closed={80, 443, 7000}),
        World(time=NOW + timedelta(hours=1), records=("issue other.org",)),
        World(own=frozenset(), answer=None, records=None, time=None),
    )
    for world in worlds:
        told = [one for one in examine(examination(world, tmp_path)) if one.state != "good"]
        assert told
        assert [one.message for one in told if not one.remedy] == []


def test_a_name_without_any_certificate_is_found(tmp_path):
    status = CertificatesStatus(mode="certbot", names=(NameStatus(name="x.org"),))
    found = replace(examination(World(), tmp_path), certificates=status)
    assert bad(found) == [("certificates", "x.org: no valid certificate")]


def test_what_the_appliance_knows_is_told_again(tmp_path):
    problem = CertificateProblem(code="order-dns", message="a", remedy="b")
    status = CertificatesStatus(mode="certbot", problems=(problem,))
    found = replace(examination(World(), tmp_path), certificates=status)
    assert bad(found) == [("certificates", "a")]


def test_an_appliance_that_does_not_run_is_no_excuse_to_say_nothing(tmp_path):
    world = World(own=frozenset())
    found = replace(examination(world, tmp_path), certificates=None, probe=None)
    assert ("ports", "the appliance does not run") in bad(found)
    assert all(one.remedy for one in examine(found) if one.state == "bad")


def test_a_disk_that_takes_no_word_is_no_reason_to_say_that_nothing_runs(tmp_path):
    world = World(own=frozenset(), closed={443})
    found = replace(examination(world, tmp_path), probe=None)
    told = [one for one in examine(found) if one.state != "good"]
    assert ("ports", "port 443 (HTTPS) does not answer at x.org") in [
        (one.check, one.message) for one in told
    ]
    assert not [one for one in told if "Start" in one.remedy]


def behind_a_proxy(world: World, folder: Path) -> Examination:
    proxy = {"domain": "x.org", "tls": {"mode": "off", "trusted_proxies": ["10.0.0.5"]}}
    config = Config.model_validate({**proxy, "share": {}, "ports": {"http": 8000}})
    return replace(examination(world, folder), config=config)


def test_behind_a_proxy_that_adds_tls_it_is_looked_for_by_https(tmp_path):
    # Plain HTTP leads to HTTPS there, or nobody answers.
    world = World(own=frozenset({"10.0.0.2"}), strangers={80}, closed={80, 8000})
    assert bad(behind_a_proxy(world, tmp_path)) == []
    world = World(own=frozenset({"10.0.0.2"}), strangers={443})
    assert bad(behind_a_proxy(world, tmp_path)) == [
        ("ports", "at x.org somebody else answers on port 443 (HTTPS)")
    ]
    (told,) = [one for one in examine(behind_a_proxy(world, tmp_path)) if one.state == "bad"]
    assert "tls.trusted_proxies" in told.remedy


@pytest.mark.parametrize("number", [80, 8090])
def test_names_are_asked_where_visitors_come(tmp_path, number):
    asked = []

    class Listening(World):
        def get(self, url: str, host: str) -> tuple[int, str] | None:
            asked.append(url)
            return super().get(url, host)

    config = Config.model_validate(
        {"domain": "x.org", "tls": {"mode": "local-ca"}, "ports": {"http": number}}
    )
    found = examination(Listening(own=frozenset()), tmp_path)
    assert bad(replace(found, config=config)) == []
    assert asked[0] == ("http://x.org/p" if number == 80 else "http://x.org:8090/p")


def test_local_mode_has_nothing_to_examine_but_the_disk(tmp_path):
    found = replace(examination(World(), tmp_path), config=Config())
    assert {one.check for one in examine(found)} == {"storage"}


@pytest.mark.parametrize("state", ["low", "full", "read-only"])
def test_a_disk_that_takes_nothing_is_found(tmp_path, state):
    found = replace(examination(World(), tmp_path), storage=state)
    [one] = [one for one in examine(found) if one.state != "good"]
    assert (one.check, one.state) == ("storage", "bad")
    assert one.remedy


YAML = """domain: x.org
tls:
  mode: certbot
  challenge: {dns: cloudflare, credentials: {file: cloudflare.ini}}
share: {}
apps:
  hello: {source: hello}
  chat:
    source: chat
    host: chat.org
"""


def test_what_is_wrong_is_told_with_the_line_of_the_yaml(tmp_path):
    loaded = load_text(YAML, Path("appliance.yaml"))
    lost = dict.fromkeys(("hello.x.org", "chat.org", "share.x.org"), ())
    world = World(leads=lost, closed={443, 7000}, time=None, records=("issue other.org",))
    found = replace(
        examination(world, tmp_path),
        config=loaded.config,
        certificates=CertificatesStatus(
            mode="certbot",
            names=(name("chat.org", days=-1),),
            problems=(CertificateProblem(code="order-plugin", message="p", remedy="r"),),
        ),
        written=Reporter("appliance.yaml", loaded.places),
    )
    (tmp_path / "cloudflare.ini").unlink()
    told = {(one.check, str(one.where)) for one in examine(found) if one.state != "good"}
    at = "appliance.yaml"
    assert told == {
        ("clock", f"{at}:2: tls"),
        ("names", f"{at}:5: share"),
        ("names", f"{at}:7: apps.hello"),
        ("names", f"{at}:10: apps.chat.host"),
        ("ports", "None"),
        ("ports", f"{at}:5: share"),
        ("credentials", f"{at}:4: tls.challenge.credentials"),
        ("caa", f"{at}:1: domain"),
        ("caa", f"{at}:5: share"),
        ("caa", f"{at}:10: apps.chat.host"),
        ("certificates", f"{at}:10: apps.chat.host"),
        ("certificates", f"{at}:4: tls.challenge"),
    }
