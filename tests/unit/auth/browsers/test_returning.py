import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.auth.browsers.returning import Origins, destination, local_path

ORIGINS = frozenset({"https://example.org", "https://a.example.org", "http://b.example.org:8000"})


@pytest.mark.parametrize(
    "text",
    ["//evil.org", "/\\evil.org", "https://evil.org", "evil", "", "/a b", "/a\n", "/é", None],
)
def test_a_return_path_stays_on_this_host(text):
    assert local_path(text, "/home") == "/home"


def test_a_good_return_path_stays_as_it_is():
    assert local_path("/hello/x?y=%2F&z=//w#f") == "/hello/x?y=%2F&z=//w#f"


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://a.example.org/x?y=1", "a.example.org", "/x?y=1"),
        ("https://example.org", "example.org", "/"),
        ("http://b.example.org:8000/", "b.example.org", "/"),
    ],
)
def test_places_of_this_appliance(url, host, path):
    found = destination(url, ORIGINS)
    assert (found.host, found.path) == (host, path)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.org/",
        "http://a.example.org/",
        "https://a.example.org:444/",
        "https://b.example.org:8000/",
        "https://user@a.example.org/",
        "https://a.example.org@evil.org/",
        "https://a.example.org.evil.org/",
        "https://a.example.org//evil.org",
        "https://a.example.org\\.evil.org/",
        "https://[a.example.org/",
        "//a.example.org/",
        "javascript:alert(1)",
        "https://a.example.org/\r\nSet-Cookie: x=y",
        "https://ä.example.org/",
        "https://a.example.org/" + "x" * 4000,
    ],
)
def test_foreign_places(url):
    assert destination(url, ORIGINS) is None


@given(st.text(max_size=80))
def test_a_destination_is_always_at_one_of_ours(text):
    for url in (text, "https://a.example.org" + text):
        found = destination(url, ORIGINS)
        assert found is None or (
            found.origin in ORIGINS and found.url.startswith(found.origin + "/")
        )


SHARED = Origins(frozenset({"https://example.org"}), ("https://", ".share.example.org"))


def test_links_to_shares_are_places_of_this_appliance():
    found = destination("https://abc-1.share.example.org/x", SHARED)
    assert (found.host, found.path) == ("abc-1.share.example.org", "/x")
    assert destination("https://example.org/", SHARED)


@pytest.mark.parametrize(
    "url",
    [
        "https://share.example.org/",
        "https://.share.example.org/",
        "https://a.b.share.example.org/",
        "https://evil.org#.share.example.org/",
        "https://evil.org:1@a.share.example.org/",
        "https://a.share.example.org.evil.org/",
        "https://a.share.example.org:444/",
        "http://a.share.example.org/",
        "https://-.share.example.org/",
        "https://share.example.org.share.example.org/",
    ],
)
def test_what_only_looks_like_a_link_is_none(url):
    assert destination(url, SHARED) is None
