from datetime import UTC, datetime

import pytest

from appliance.certs import authority
from appliance.certs.model import CertificateError, Origin, parsed, split
from appliance.certs.store import Store

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def ours():
    return authority.create(["a.org"], "a.org", NOW)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "data" / "certificates")


def test_what_is_kept_comes_back_and_is_the_owners_alone(store, ours):
    leaf = authority.issue(ours, ["a.org"], NOW)
    store.keep(leaf)
    assert store.certificates() == (leaf,)
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in store.folder.iterdir()] == [0o600]
    store.drop(leaf)
    assert store.certificates() == ()


def test_a_damaged_file_hides_no_other(store, ours):
    leaf = authority.issue(ours, ["a.org"], NOW)
    store.keep(leaf)
    (store.folder / "certbot-damaged.pem").write_text(leaf.pem[:200])
    (store.folder / "certbot-binary.pem").write_bytes(b"\xff\xfe")
    assert store.certificates() == (leaf,)


def test_the_authority_stays_until_it_may_not_sign_for_a_name(store):
    first = store.authority(("a.org",), "a.org")
    assert store.authority(("x.a.org", "a.org"), "a.org").fingerprint == first.fingerprint
    assert not store.replaced(first)
    second = store.authority(("a.org", "b.org"), "a.org")
    assert store.replaced(second)
    assert second.fingerprint != first.fingerprint
    assert store.authority(("a.org",), "a.org").fingerprint == second.fingerprint
    assert [path.name for path in store.folder.glob("former-*")] == [
        f"former-{first.fingerprint[:16]}.authority"
    ]


def test_back_at_a_former_domain_its_authority_is_found_again(store):
    first = store.authority(("a.org",), "a.org")
    second = store.authority(("b.org",), "b.org")
    for names, known in ((("a.org",), first), (("b.org",), second), (("a.org",), first)):
        assert store.authority(names, names[0]).fingerprint == known.fingerprint
    assert len(list(store.folder.glob("former-*"))) == 1
    (former,) = store.folder.glob("former-*")
    former.write_text("damaged")
    assert store.authority(("b.org",), "b.org").fingerprint not in {
        first.fingerprint,
        second.fingerprint,
    }


def test_strangers_get_the_same_certificate_for_ever(store):
    assert store.nameless() == store.nameless()
    assert store.certificates() == ()


def test_a_certificate_with_the_key_of_another_is_refused(ours):
    one, other = (authority.issue(ours, ["a.org"], NOW) for _ in range(2))
    with pytest.raises(CertificateError, match="do not belong together"):
        parsed(one.chain, other.key, Origin.FILES)


@pytest.mark.parametrize(
    ("chain", "key", "words"),
    [
        ("", None, "no certificate"),
        (None, "", "no private key"),
        (None, "-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n", "no private key"),
    ],
)
def test_what_is_no_pair_is_refused_in_words(ours, chain, key, words):
    leaf = authority.issue(ours, ["a.org"], NOW)
    with pytest.raises(CertificateError, match=words):
        parsed(
            leaf.chain if chain is None else chain, leaf.key if key is None else key, Origin.FILES
        )


def test_a_chain_that_begins_at_the_wrong_end_is_refused(ours):
    leaf = authority.issue(ours, ["a.org"], NOW)
    assert parsed(leaf.chain + ours.pem, leaf.key, Origin.FILES).chain == leaf.chain + ours.pem
    unrelated = authority.create(["b.org"], "b.org", NOW)
    with pytest.raises(CertificateError, match="out of order"):
        parsed(leaf.chain + unrelated.pem, leaf.key, Origin.FILES)


def test_one_text_holds_both(ours):
    leaf = authority.issue(ours, ["a.org"], NOW)
    assert split(leaf.pem, Origin.LOCAL_CA) == leaf
