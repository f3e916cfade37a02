import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.auth.browsers import cookies


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
        (b"a=b, appliance-session=s", False, None),
    ],
)
def test_reading_a_cookie(header, secure, expected):
    assert cookies.value(header, cookies.SESSION, secure=secure) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"a=b; c=d", b"a=b; c=d"),
        (b"appliance-session=s; a=b", b"a=b"),
        (b"a=b;__Host-appliance-session=s;c=d", b"a=b;c=d"),
        (b"__hOsT-Appliance-session=s", b""),
        (b"appliance_hello=replica", b"appliance_hello=replica"),
        (b"a=appliance-session", b"a=appliance-session"),
        (b"a=1,2; appliance-session=s; c=3,4", b"a=1,2; c=3,4"),
        (b"a=b, appliance-session=s; c=d", b"a=b; c=d"),
        (b"appliance-session=s, a=b", b"a=b"),
        (b"appliance-session=s,__Host-appliance-embedded=t", b""),
    ],
)
def test_apps_do_not_see_our_cookies(header, expected):
    assert cookies.without_ours(header) == expected


PIECES = [
    b"appliance-",
    b"session=",
    b"__Host-",
    b"APPLIANCE-x",
    b";",
    b",",
    b" ",
    b"\t",
    b"a=b",
    b"",
]


@given(st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_no_header_confuses_the_reader(header):
    parts = [part.strip() for part in header.split(b";")]
    shown = [part.partition(b"=")[2] for part in parts if part.startswith(b"appliance-session=")]
    expected = shown[0].decode("ascii", "replace") if len(shown) == 1 else ""
    assert (cookies.value(header, cookies.SESSION, secure=False) or "") == expected
    left = cookies.without_ours(header)
    for part in re.split(b"[;,]", left):
        assert not part.strip().lower().startswith((b"appliance-", b"__host-appliance-"))
    ours = (b"appliance-", b"__host-appliance-")
    pieces = [piece.strip() for piece in re.split(b"[;,]", header)]
    theirs = [piece for piece in pieces if piece and not piece.lower().startswith(ours)]
    assert [piece.strip() for piece in re.split(b"[;,]", left) if piece.strip()] == theirs
