import pytest

from appliance.auth.whereabouts import place, visitor_address

OURS = ("10.0.0.0/8", "2001:db8::/32")


@pytest.mark.parametrize(
    ("told", "trusted", "expected"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1, 10.0.0.1", OURS, "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1, 10.0.0.2,10.0.0.1", OURS, "192.0.2.1"),
        ("192.0.2.1, 2001:db8::1", OURS, "192.0.2.1"),
        ("10.0.0.9, 10.0.0.1", OURS, "10.0.0.9"),
        ("nonsense, 10.0.0.1", OURS, "nonsense"),
        ("", OURS, ""),
        ("192.0.2.1:4711, 10.0.0.1:80", OURS, "192.0.2.1"),
        ("[2001:DB9::1]:4711, [2001:db8::1]", OURS, "2001:db9::1"),
        ("::ffff:192.0.2.1, ::ffff:10.0.0.1", OURS, "192.0.2.1"),
        ("192.0.2.1:x, 10.0.0.1", OURS, "192.0.2.1:x"),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours(told, trusted, expected):
    assert visitor_address(told, trusted) == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("", "nonsense", True),
    ],
)
def test_what_counts_as_one_address(one, other, same):
    assert (place(one) == place(other)) is same
