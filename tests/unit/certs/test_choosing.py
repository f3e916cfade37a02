from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from appliance.certs.choosing import choose, missing, serving
from appliance.certs.model import Certificate, Origin

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def certificate(
    *names: str, origin: Origin = Origin.CERTBOT, start: int = -10, end: int = 80
) -> Certificate:
    """`start` and `end` are days from now."""
    return Certificate(
        names=names,
        not_before=NOW + start * DAY,
        not_after=NOW + end * DAY,
        origin=origin,
        fingerprint=f"{origin}{names}{start}{end}",
        issuer="",
        chain="",
        key="",
    )


LOCAL = certificate("a.org", "b.org", "*.s.a.org", origin=Origin.LOCAL_CA)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], LOCAL),
        ([certificate("a.org")], certificate("a.org")),
        ([certificate("x.org")], LOCAL),
        ([certificate("a.org", end=-1)], LOCAL),
        ([certificate("a.org", start=1)], LOCAL),
        ([certificate("a.org", end=3), certificate("a.org")], certificate("a.org")),
        ([certificate("*.org")], certificate("*.org")),
    ],
)
def test_the_best_certificate_for_a_name(others, expected):
    assert choose([others, [LOCAL]], "a.org", NOW) == expected
    assert choose([others[::-1], [LOCAL]], "a.org", NOW) == expected


def test_what_is_preferred_serves_although_another_lasts_longer():
    short, long = certificate("a.org", end=3), certificate("a.org", origin=Origin.FILES)
    assert choose([[short], [long]], "a.org", NOW) == short
    assert choose([[long], [short]], "a.org", NOW) == long


def test_an_expired_one_is_better_than_a_stranger():
    expired = certificate("a.org", end=-1)
    assert choose([[certificate("b.org")], [expired]], "a.org", NOW) == expired
    assert choose([[certificate("b.org")]], "a.org", NOW) is None


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a.org", True),
        ("x.s.a.org", True),
        ("*.s.a.org", True),
        ("s.a.org", False),
        ("x.y.s.a.org", False),
        ("*.a.org", False),
    ],
)
def test_a_wildcard_is_one_label_deep_and_no_name_by_itself(name, good):
    assert LOCAL.covers(name) is good


def test_an_address_is_never_covered_by_a_wildcard():
    assert not certificate("*.0.113.7").covers("203.0.113.7")
    assert certificate("203.0.113.7").covers("203.0.113.7")


def test_the_proxy_gets_one_certificate_a_name_and_no_expired_one():
    trusted = certificate("a.org")
    expired = certificate("b.org", end=-1)
    names = ["a.org", "b.org", "*.s.a.org"]
    assert set(serving([[trusted, expired], [LOCAL]], names, NOW)) == {LOCAL, trusted}
    assert serving([[expired]], ["b.org"], NOW) == (expired,)
    assert serving([[expired, trusted]], ["a.org", "b.org"], NOW) == (trusted,)
    everything = certificate("a.org", "b.org", "*.s.a.org")
    assert serving([[everything], [LOCAL]], names, NOW) == (everything,)


def test_names_without_a_valid_certificate_are_missing():
    names = ("a.org", "b.org")
    assert missing([certificate("a.org"), certificate("b.org", end=-1)], names, NOW) == ("b.org",)
    assert missing([replace(LOCAL)], names, NOW) == ()
