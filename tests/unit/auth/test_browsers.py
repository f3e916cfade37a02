"""Cookies, forms and return addresses."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.auth import cookies, forms
from appliance.auth.keys import UnusableKeyError, keys
from appliance.auth.returning import Origins, destination, local_path

ORIGINS = frozenset({"https://example.org", "https://a.example.org", "http://b.example.org:8000"})


def test_over_https_a_cookie_is_for_this_host_alone():
    made = cookies.put(cookies.SESSION, "s", secure=True, life=timedelta(days=1))
    assert made == (
        "__Host-appliance-session=s; Path=/; HttpOnly; Max-Age=86400; Secure; SameSite=Lax"
    )
    assert "Domain" not in made


def test_over_plain_http_it_does_without():
    assert cookies.put(cookies.SESSION, "s", secure=False) == (
        "appliance-session=s; Path=/; HttpOnly; SameSite=Lax"
    )


def test_in_a_foreign_frame_it_has_a_jar_of_its_own():
    made = cookies.put(cookies.SESSION, "s", secure=True, embedded=True)
    assert made.endswith("Secure; SameSite=None; Partitioned")


def test_a_cookie_is_removed_under_the_same_name():
    removed = cookies.remove(cookies.SESSION, secure=True)
    assert removed.startswith("__Host-appliance-session=;")
    assert "Max-Age=0" in removed


@pytest.mark.parametrize(
    ("header", "secure", "expected"),
    [
        (b"appliance-session=s", False, "s"),
        (b"a=b; appliance-session=s ; c=d", False, "s"),
        (b"appliance-session=s", True, None),
        (b"__Host-appliance-session=s; appliance-session=planted", True, "s"),
        (b"__Host-appliance-session=s", False, None),
        (b"appliance-session=s; appliance-session=t", False, None),
        (b"appliance-session=", False, None),
        (b"xappliance-session=s", False, None),
        (b"", False, None),
        (b";;=;", False, None),
    ],
)
def test_reading_a_cookie(header, secure, expected):
    assert cookies.value(header, cookies.SESSION, secure=secure) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"a=b; c=d", b"a=b; c=d"),
        (b"appliance-session=s; a=b", b"a=b"),
        (b"a=b;__Host-appliance-session=s;c=d", b"a=b; c=d"),
        (b"__hOsT-Appliance-session=s", b""),
        (b"appliance_hello=replica", b"appliance_hello=replica"),
        (b"a=appliance-session", b"a=appliance-session"),
    ],
)
def test_apps_do_not_see_our_cookies(header, expected):
    assert cookies.without_ours(header) == expected


@given(st.binary(max_size=200))
def test_no_header_confuses_the_reader(header):
    cookies.value(header, cookies.SESSION, secure=False)
    for part in cookies.without_ours(header).split(b";"):
        assert not part.strip().lower().startswith((b"appliance-", b"__host-appliance-"))


def test_a_forms_token_is_for_one_browser():
    token = forms.token(b"key", "browser")
    assert forms.valid(b"key", "browser", token)
    for key, binding, shown in (
        (b"other", "browser", token),
        (b"key", "another", token),
        (b"key", None, token),
        (b"key", "", forms.token(b"key", "")),
        (b"key", "browser", ""),
        (b"key", "browser", "é"),
    ):
        assert not forms.valid(key, binding, shown)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://a.org", "host": "a.org"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "https://a.org:444", "host": "A.org:444"}, True),
        ({"origin": "https://a.org", "host": "b.org"}, False),
        ({"origin": "null", "host": "b.org"}, False),
        ({"host": "a.org"}, True),
    ],
)
def test_requests_from_pages_of_this_host(headers, ours):
    assert forms.from_our_page(headers) is ours


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


def test_keys_stay_the_same_and_damage_is_named(tmp_path):
    made = keys(tmp_path / "keys")
    again = keys(tmp_path / "keys")
    assert (made.public_pem, made.forms) == (again.public_pem, again.forms)
    assert again.unseal(made.seal.encrypt(b"secret")) == b"secret"
    assert again.unseal(b"something else") is None
    assert "PRIVATE" not in repr(made)
    (tmp_path / "keys/identity.pem").write_text("damaged")
    with pytest.raises(UnusableKeyError, match="damaged"):
        keys(tmp_path / "keys")


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
