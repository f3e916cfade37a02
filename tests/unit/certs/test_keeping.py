"""What is handed out, by mode and by what is on disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from ruamel.yaml import YAML

from appliance.certs import authority, history
from appliance.certs.history import Attempt
from appliance.certs.keeping import MARGIN, Places, keep, start
from appliance.certs.model import Certificate, Origin, split
from appliance.config.schema import Config

NOW = datetime.now(UTC)
OUTSIDE = authority.create(["x.org"], "elsewhere", NOW)
APPS = {"hello": {"source": "hello"}}


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path, tmp_path / "data", tmp_path / "dynamic" / "c.yml", tmp_path / "relay")


def config(mode: str = "local-ca", **more: object) -> Config:
    tls = {"mode": mode, **more}
    return Config.model_validate({"domain": "x.org", "tls": tls, "apps": APPS})


def ordered(places: Places, directory: str, *names: str, ago: int = 1) -> Certificate:
    """A certificate that an authority issued some days ago."""
    one = authority.issue(OUTSIDE, names, NOW - timedelta(days=ago))
    one = replace(one, origin=Origin.CERTBOT)
    places.store.keep(one)
    history.add(
        places.history,
        Attempt(at=NOW, directory=directory, subject="", names=names, fingerprint=one.fingerprint),
    )
    return one


def origins(config: Config, places: Places, now: datetime = NOW) -> dict[str, Origin | None]:
    return {one.name: one.origin for one in keep(config, places, now).names}


def served(places: Places) -> list[Certificate]:
    tls = YAML(typ="safe").load(places.proxy.read_text())["tls"]
    pairs = [pair["keyFile"] + pair["certFile"] for pair in tls["certificates"] or []]
    return [split(pair, Origin.CERTBOT) for pair in pairs]


def test_before_anything_is_known_strangers_learn_nothing(places):
    start(places)
    assert served(places) == []
    keep(config(), places, NOW)
    before = places.proxy.read_text()
    start(places)
    assert places.proxy.read_text() == before


def test_a_name_without_an_ordered_certificate_has_the_local_authoritys(places):
    ordered(places, "letsencrypt", "x.org")
    found = origins(config("certbot"), places)
    assert found["x.org"] is Origin.CERTBOT
    assert found["hello.x.org"] is Origin.LOCAL_CA


def test_no_name_has_two_certificates_of_which_the_proxy_might_take_the_worse(places):
    ordered(places, "letsencrypt", "x.org", "*.x.org")
    keep(config("certbot"), places, NOW)
    assert len(served(places)) == 1
    shared = {"domain": "x.org", "tls": {"mode": "certbot"}, "apps": APPS, "share": {}}
    keep(Config.model_validate(shared), places, NOW)
    theirs, ours = sorted(served(places), key=lambda one: "x.org" not in one.names)
    assert theirs.names == ("*.x.org", "x.org")
    assert ours.names == ("*.share.x.org",)


def test_the_authority_of_today_is_preferred_and_the_former_serves_until_then(places):
    staging = ordered(places, "letsencrypt-staging", "x.org", "hello.x.org")
    production = config("certbot")
    assert staging.fingerprint in {one.fingerprint for one in keep(production, places, NOW).names}
    good = ordered(places, "letsencrypt", "x.org", "hello.x.org", ago=20)
    names = keep(production, places, NOW).names
    assert {one.fingerprint for one in names if "share" not in one.name} == {good.fingerprint}


def test_asked_for_the_local_authority_nothing_else_serves(places):
    ordered(places, "letsencrypt", "x.org")
    assert set(origins(config("local-ca"), places).values()) == {Origin.LOCAL_CA}


def test_a_certificate_is_out_of_use_before_its_end(places):
    one = ordered(places, "letsencrypt", "x.org")
    for moment, origin in (
        (one.not_after - MARGIN - timedelta(seconds=1), Origin.CERTBOT),
        (one.not_after - MARGIN, Origin.LOCAL_CA),
    ):
        assert origins(config("certbot"), places, moment)["x.org"] is origin
        fingerprints = {found.fingerprint for found in served(places)}
        assert (one.fingerprint in fingerprints) is (origin is Origin.CERTBOT)


def test_leaves_of_the_local_authority_are_renewed_at_two_thirds(places):
    first = keep(config(), places, NOW).names[0]
    assert keep(config(), places, NOW + timedelta(days=30)).names[0] == first
    later = keep(config(), places, NOW + timedelta(days=61)).names[0]
    assert later.fingerprint != first.fingerprint
    assert len([p for p in places.store.folder.iterdir() if p.name.startswith("local-ca")]) == 2


def test_who_has_installed_a_root_is_told_of_its_successor_for_a_month(places):
    first = keep(config(), places, NOW)
    assert not first.root_replaced
    other = Config.model_validate({"domain": "y.org", "apps": APPS})
    for days, news in ((0, True), (29, True), (31, False)):
        found = keep(other, places, NOW + timedelta(days=days))
        assert found.root_fingerprint != first.root_fingerprint
        assert found.root_replaced is news


def test_a_root_that_only_this_machine_could_meet_has_no_successor(places):
    local = keep(Config.model_validate({"apps": APPS, "share": {}}), places, NOW)
    found = keep(config(), places, NOW)
    assert found.root_fingerprint != local.root_fingerprint
    assert not found.root_replaced
    other = Config.model_validate({"domain": "y.org", "apps": APPS})
    assert keep(other, places, NOW).root_replaced


def test_names_that_wait_and_names_that_leave_have_what_authorities_gave_them(places):
    ordered(places, "letsencrypt", "x.org", "hello.x.org")
    ordered(places, "letsencrypt", "y.org")
    ordered(places, "letsencrypt", "hello.y.org", ago=100)
    now, other = config("certbot"), config("certbot").model_copy(update={"domain": "y.org"})
    found = {one.name: one.origin for one in keep(now, places, NOW, coming=other).names}
    # One that has expired is as good as none, and the local authority's is for the others.
    assert [found["x.org"], found["y.org"], found["hello.y.org"]] == [
        Origin.CERTBOT,
        Origin.CERTBOT,
        None,
    ]
    expected = {("hello.x.org", "x.org"), ("y.org",)}
    assert {one.names for one in served(places)} == expected
    left = keep(other, places, NOW, leaving=now)
    assert "x.org" not in {one.name for one in left.names}
    assert {one.names for one in served(places)} == expected | {("hello.y.org",)}
    keep(other, places, NOW)
    assert ("hello.x.org", "x.org") not in {one.names for one in served(places)}


def test_long_expired_ones_are_forgotten(places):
    one = ordered(places, "letsencrypt", "x.org")
    keep(config("certbot"), places, one.not_after + timedelta(days=29))
    assert one.fingerprint in {found.fingerprint for found in places.store.certificates()}
    keep(config("certbot"), places, one.not_after + timedelta(days=31))
    assert one.fingerprint not in {found.fingerprint for found in places.store.certificates()}


def test_an_address_as_domain_is_what_nameless_visitors_get(places):
    by_address = Config.model_validate({"domain": "192.0.2.7", "apps": {}})
    keep(by_address, places, NOW)
    store = YAML(typ="safe").load(places.proxy.read_text())["tls"]["stores"]["default"]
    pair = store["defaultCertificate"]
    assert split(pair["keyFile"] + pair["certFile"], Origin.LOCAL_CA).names == ("192.0.2.7",)


@pytest.mark.parametrize(("domain", "certbot"), [("x.org", True), ("192.0.2.7", False)])
def test_who_chose_nothing_is_told_how_to_get_a_trusted_one(places, domain, *, certbot):
    """From an authority only where one may be asked."""
    undecided = Config.model_validate({"domain": domain})
    (problem,) = keep(undecided, places, NOW).problems
    assert problem.code == "certificate-local"
    assert ("certbot" in problem.remedy) is certbot
    assert keep(config("local-ca"), places, NOW).problems == ()


def test_the_relay_has_certificates_in_local_mode_too(places):
    status = keep(Config(), places, NOW)
    assert status.names == ()
    (file,) = status.files
    pair = split((places.relay / file).read_text(), Origin.LOCAL_CA)
    assert {"localhost", "127.0.0.1"} <= set(pair.names)
    assert served(places) == []


def test_files_of_the_relay_are_replaced_not_changed(places):
    before = keep(config(), places, NOW).files
    after = keep(config(), places, NOW + timedelta(days=61)).files
    assert set(before).isdisjoint(after)
    assert {str(path) for path in places.relay.iterdir()} == set(after)
