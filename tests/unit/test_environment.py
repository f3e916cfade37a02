import pytest

from appliance.environment import address, address_or_all


@pytest.mark.parametrize(
    ("said", "host"), [("127.0.0.1:7000", "127.0.0.1"), ("[::1]:7000", "::1"), (":7000", None)]
)
def test_an_address_may_be_all_of_them_where_that_is_meant(said, host):
    assert address_or_all({"A": said}, "A") == (host, 7000)


@pytest.mark.parametrize("said", [":7000", "7000", "host", "host:", "host:x", "[::1]"])
def test_an_address_is_a_host_and_a_port(said):
    with pytest.raises(ValueError, match=r"A is .*; expected host:port$"):
        address({"A": said}, "A")
