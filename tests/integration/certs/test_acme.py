"""A real ACME authority, real certbot, real Traefik: whatever fails, visitors have a valid one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from appliance.certs import authority, history
from appliance.certs.store import Store
from tests.integration.certs.conftest import DOMAIN, Served, authority_of
from tests.integration.certs.limiting import limiting
from tests.integration.certs.nameserver import KEY, SECRET, NameServer
from tests.integration.certs.pebble import Pebble
from tests.integration.certs.visitor import names_of
from tests.running.traefik import until

HOST, SHARE = f"hello.{DOMAIN}", f"abc.share.{DOMAIN}"
_PATIENCE = 240
"""Seconds for one order on a busy machine."""


def settled(condition) -> None:
    until(condition, _PATIENCE)


@pytest.fixture
def as_before(pebble: Pebble) -> Iterator[None]:
    """The authority is as before afterwards."""
    yield
    pebble.stop()
    pebble.start()


@pytest.fixture
def acme(served: Served, pebble: Pebble) -> Iterator[Served]:
    """An appliance that knows no authority yet; afterwards it asks none."""
    served.forget()
    yield served
    served.configure("{mode: local-ca}")


def dns(pebble: Pebble, names: NameServer, served: Served, secret: str = SECRET) -> str:
    credentials = served.appliance.folder / "rfc2136.ini"
    credentials.write_text(
        f"dns_rfc2136_server = 127.0.0.1\ndns_rfc2136_port = {names.port}\n"
        f"dns_rfc2136_name = {KEY}\ndns_rfc2136_secret = {secret}\n"
        "dns_rfc2136_algorithm = HMAC-SHA256\n"
    )
    credentials.chmod(0o600)
    challenge = "{dns: rfc2136, credentials: {file: rfc2136.ini}, propagation: 0s}"
    return authority_of(pebble, f"challenge: {challenge}")


def past(served: Served) -> history.History:
    """What authorities were asked for."""
    return history.read(served.appliance.folder / "data" / "certbot" / "history.json")


def renewed(served: Served, pebble: Pebble, before: int) -> bool:
    """Whether another certificate than that of this serial number is there."""
    other = served.visitor.presented(HOST).serial_number != before
    return other and served.visitor.accepts(HOST, pebble.root())


@contextmanager
def always_valid(
    served: Served, pebble: Pebble, *former: str, names: tuple[str, ...] = (DOMAIN,)
) -> Iterator[None]:
    """A visitor of all `names` who comes again and again, and must never see a bad certificate.

    `former` are roots of earlier authorities.
    """
    roots = served.certificates()["root"] + pebble.root() + "".join(former)
    refused, over = [], threading.Event()

    def visit() -> None:
        while not over.wait(0.05):
            for name in names:
                if not served.visitor.accepts(name, roots):
                    found = served.visitor.presented(name)
                    refused.append((name, found.issuer, found.not_valid_after_utc))

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert refused == []


def test_first_order_then_another_name(acme: Served, pebble: Pebble) -> None:
    with always_valid(acme, pebble):
        acme.configure(authority_of(pebble))
        settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
        assert names_of(acme.visitor.presented(HOST)) == {DOMAIN, HOST}
        assert acme.visitor.accepts(SHARE, acme.certificates()["root"])

        acme.configure(authority_of(pebble), apps="hello: {source: hello}, new: {source: new}")
        settled(lambda: acme.visitor.accepts(f"new.{DOMAIN}", pebble.root()))
        assert acme.visitor.accepts(DOMAIN, pebble.root())
        assert acme.visitor.get(HOST, "/x", pebble.root()).json()["name"] == "hello"
    assert acme.codes() == []
    accounts = acme.appliance.folder / "data" / "certbot" / "config" / "accounts"
    assert len(list(accounts.rglob("regr.json"))) == 1


def test_wildcards_by_dns_and_what_wrong_credentials_do(
    acme: Served, pebble: Pebble, names: NameServer
) -> None:
    acme.configure(dns(pebble, names, acme, secret="d3Jvbmc="))
    settled(lambda: "order-credentials" in acme.codes())
    assert acme.visitor.accepts(SHARE, acme.certificates()["root"])
    (problem,) = acme.certificates()["problems"]
    assert "docs/tls.md" in problem["remedy"]

    acme.configure(dns(pebble, names, acme), "analytics: {gradio: false}")
    acme.renew()
    settled(lambda: acme.visitor.accepts(SHARE, pebble.root()))
    assert names_of(acme.visitor.presented(HOST)) == {
        DOMAIN,
        f"*.{DOMAIN}",
        f"*.share.{DOMAIN}",
    }
    settled(lambda: acme.certificates()["ordering"] == [])
    assert acme.codes() == []
    assert not any(names.texts.values())
    left = {path.name for path in (acme.appliance.folder / "data" / "certbot").iterdir()}
    assert not {"credentials", "run.ini"} & left
    assert SECRET not in acme.appliance.log()


def test_an_authority_that_has_been_asked_too_often_is_left_alone_as_long_as_it_says(
    acme: Served, pebble: Pebble
) -> None:
    def next_order() -> timedelta:
        told = acme.certificates()["next_order"]
        return datetime.fromisoformat(told) - datetime.now(UTC) if told else timedelta()

    with limiting(pebble) as limited, always_valid(acme, pebble):
        limited.retry_after = "7200"
        acme.configure(authority_of(pebble, directory=limited.directory))
        settled(lambda: "order-rateLimited" in acme.codes())
        settled(lambda: timedelta(hours=1.9) < next_order() <= timedelta(hours=2))
        acme.kill_control()
        settled(lambda: timedelta(hours=1.9) < next_order() <= timedelta(hours=2))
        assert limited.refused == 1
        assert acme.visitor.accepts(HOST, acme.certificates()["root"])

        limited.retry_after = None
        acme.renew()
        settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
        settled(lambda: acme.codes() == [])


def test_an_authority_that_wants_to_know_whose_account_it_is(
    acme: Served, pebble: Pebble, as_before: None
) -> None:
    key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
    pebble.stop()
    pebble.start(externalAccountBindingRequired=True, externalAccountMACKeys={"kid-1": key})
    with always_valid(acme, pebble):
        acme.configure(authority_of(pebble))
        settled(lambda: "order-externalAccountRequired" in acme.codes())
        (problem,) = acme.certificates()["problems"]
        assert "tls.eab" in problem["remedy"]

        secret = acme.appliance.folder / "eab"
        secret.write_text(key)
        secret.chmod(0o600)
        binding = "eab: {key_id: kid-1, hmac_key: {file: eab}}"
        acme.configure(authority_of(pebble, binding))
        settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
    settled(lambda: acme.codes() == [])
    assert key not in acme.appliance.log()


def test_a_name_that_fails_does_not_take_the_others_along(
    acme: Served, pebble: Pebble, names: NameServer
) -> None:
    lost = f"lost.{DOMAIN}"
    names.lost.add(f"{lost}.")
    acme.configure(authority_of(pebble), apps="hello: {source: hello}, lost: {source: lost}")
    settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
    settled(acme.codes)
    (problem,) = acme.certificates()["problems"]
    assert lost in problem["message"]
    assert HOST not in problem["message"]
    assert acme.visitor.accepts(lost, acme.certificates()["root"])

    names.lost.clear()
    settled(lambda: acme.visitor.accepts(lost, pebble.root()))
    settled(lambda: acme.codes() == [])


def test_renewal_while_visitors_come_and_an_authority_that_is_away(
    acme: Served, pebble: Pebble, as_before: None
) -> None:
    acme.configure(authority_of(pebble))
    settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
    initial = acme.visitor.presented(HOST)
    first = initial.serial_number
    former = pebble.root()
    pebble.stop()
    acme.renew()
    settled(lambda: "order-directory-away" in acme.codes())
    assert acme.visitor.presented(HOST).serial_number == first

    # Started anew it has forgotten every account, and its certificates last not long.
    pebble.start(life=40)
    acme.renew()
    settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
    with always_valid(acme, pebble, former):
        second = acme.visitor.presented(HOST).serial_number
        settled(lambda: renewed(acme, pebble, second))
    # Each certificate has a key of its own: a stolen one is worth nothing after the next renewal.
    assert acme.visitor.presented(HOST).public_key() != initial.public_key()


def waits(served: Served) -> bool:
    """Whether other names than the YAML's are served."""
    return "names-wait" in {notice["code"] for notice in served.status()["notices"]}


def found_at(served: Served, domain: str, roots: str) -> bool:
    """Whether a visitor finds the app there, by HTTPS that is good."""
    try:
        answer = served.visitor.get(f"hello.{domain}", "/x", roots)
    except httpx.ConnectError:
        return False
    return answer.is_success and answer.json()["name"] == "hello"


def test_another_domain_takes_over_once_it_has_its_certificate_and_back(
    acme: Served, pebble: Pebble, as_before: None
) -> None:
    acme.configure(authority_of(pebble))
    settled(lambda: acme.visitor.accepts(DOMAIN, pebble.root()))
    settled(lambda: acme.certificates()["ordering"] == [])
    first, local = acme.visitor.presented(DOMAIN).serial_number, acme.certificates()["root"]
    former = pebble.root()

    # Whatever keeps the certificate of the other one from coming, visitors find the former one.
    with always_valid(acme, pebble, names=(DOMAIN, HOST)):
        pebble.stop()
        acme.configure(authority_of(pebble), domain=OTHER)
        settled(lambda: "order-directory-away" in acme.codes())
        assert waits(acme)
        assert found_at(acme, DOMAIN, former)
        assert names_of(acme.visitor.presented(OTHER)) == set()
        acme.kill_control()
        settled(lambda: waits(acme) and acme.status()["routes"]["live"])
        assert found_at(acme, DOMAIN, former)
        # Who thinks better of it has lost nothing.
        acme.configure(authority_of(pebble))
        assert not waits(acme)
        settled(lambda: acme.codes() == [])
        assert acme.visitor.presented(DOMAIN).serial_number == first
        acme.configure(authority_of(pebble), domain=OTHER)

    pebble.start()
    roots = former + pebble.root()

    def moved() -> bool:
        before, after = found_at(acme, DOMAIN, roots), found_at(acme, OTHER, roots)
        assert before or after
        return after

    acme.renew()
    settled(moved)
    with always_valid(acme, pebble, names=(OTHER, f"hello.{OTHER}")):
        settled(lambda: not waits(acme) and acme.certificates()["ordering"] == [])
        assert names_of(acme.visitor.presented(OTHER)) == {OTHER, f"hello.{OTHER}"}
        assert acme.certificates()["root"] != local
        asked = len(past(acme))
        acme.kill_control()
        settled(lambda: acme.certificates()["next_order"] is not None)

    acme.configure(authority_of(pebble))
    # What is kept of it serves again, at once.
    settled(lambda: found_at(acme, DOMAIN, roots))
    assert acme.visitor.presented(DOMAIN).serial_number == first
    settled(lambda: not waits(acme) and acme.certificates()["next_order"] is not None)
    assert len(past(acme)) == asked
    settled(lambda: acme.certificates()["root"] == local)


OTHER = "new.example.org"


def test_visitors_have_a_valid_certificate_through_every_change_of_mode(
    acme: Served, pebble: Pebble, as_before: None
) -> None:
    def of(origin: str) -> None:
        settled(lambda: acme.origin(HOST) == origin)

    outside = authority.create([DOMAIN], "elsewhere", datetime.now(UTC))
    own = authority.issue(outside, [DOMAIN, f"*.{DOMAIN}"], datetime.now(UTC))
    key = acme.appliance.folder / "own.key"
    key.write_text(own.key)
    key.chmod(0o600)
    (acme.appliance.folder / "own.pem").write_text(own.chain)
    files = "{mode: files, certificates: [{chain: own.pem, key: {file: own.key}}]}"
    with always_valid(acme, pebble, outside.pem, names=(DOMAIN, HOST)):
        acme.configure(files)
        of("files")
        settled(lambda: acme.visitor.accepts(HOST, outside.pem))
        pebble.stop()
        acme.configure(authority_of(pebble))
        settled(lambda: "order-directory-away" in acme.codes())
        assert acme.visitor.accepts(HOST, outside.pem)
        of("files")
    pebble.start()
    with always_valid(acme, pebble, outside.pem, names=(DOMAIN, HOST)):
        acme.renew()
        settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
        acme.configure("{mode: local-ca}")
        of("local-ca")
        settled(lambda: acme.visitor.accepts(HOST, acme.certificates()["root"]))
        acme.configure(authority_of(pebble))
        settled(lambda: acme.visitor.accepts(HOST, pebble.root()))


def test_a_key_that_is_to_stay_stays_until_it_is_revoked(acme: Served, pebble: Pebble) -> None:
    reusing = authority_of(pebble, "reuse_key: true")
    acme.configure(reusing)
    settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
    first = acme.visitor.presented(HOST)
    acme.configure(reusing, apps="hello: {source: hello}, new: {source: new}")
    settled(lambda: acme.visitor.accepts(f"new.{DOMAIN}", pebble.root()))
    settled(lambda: acme.visitor.presented(HOST).serial_number != first.serial_number)
    second = acme.visitor.presented(HOST)
    assert second.public_key() == first.public_key()
    settled(lambda: acme.certificates()["ordering"] == [])

    acme.appliance.ask(f"/certificates/revoke/{second.fingerprint(SHA256()).hex()}", body="")
    settled(lambda: renewed(acme, pebble, second.serial_number))
    settled(lambda: acme.visitor.presented(HOST).serial_number != first.serial_number)
    assert acme.visitor.presented(HOST).public_key() != first.public_key()


def test_control_killed_in_the_middle_of_an_order(acme: Served, pebble: Pebble) -> None:
    with always_valid(acme, pebble):
        acme.configure(authority_of(pebble))
        settled(lambda: acme.certificates()["ordering"] or acme.origin(HOST) == "certbot")
        acme.kill_control()
        settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
    settled(lambda: acme.certificates()["ordering"] == [])
    # Nothing of the former run stood in the way.
    assert [one.code for one in past(acme)] == [None]
    assert len(Store(acme.appliance.folder / "data" / "certificates").certificates()) >= 2


def test_a_revoked_certificate_is_replaced(acme: Served, pebble: Pebble) -> None:
    acme.configure(authority_of(pebble))
    settled(lambda: acme.visitor.accepts(HOST, pebble.root()))
    before = acme.visitor.presented(HOST)
    fingerprints = {one["name"]: one["fingerprint"] for one in acme.certificates()["names"]}
    answer = acme.appliance.ask(f"/certificates/revoke/{fingerprints[HOST]}", body="")
    assert answer.json() == {"revoked": fingerprints[HOST]}
    assert pebble.state_of(before.serial_number) == "Revoked"
    settled(lambda: renewed(acme, pebble, before.serial_number))
    assert acme.appliance.ask("/certificates/revoke/unknown", body="").status_code == 404
