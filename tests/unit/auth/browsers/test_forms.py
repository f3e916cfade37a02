import pytest

from appliance.auth.browsers import forms


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
