import pytest

from appliance.certs.names import orders, relay_names
from appliance.config.addresses import names
from appliance.config.schema import Config

APPS = {
    "hello": {"source": "a"},
    "below": {"source": "b", "path": "/below"},
    "own": {"source": "c", "host": "other.net"},
}
DNS = {"mode": "certbot", "challenge": {"dns": "route53"}}


def config(**values: object) -> Config:
    return Config.model_validate({"domain": "x.org", "apps": APPS, "share": {}, **values})


def test_everything_by_which_visitors_come():
    assert names(config()) == ("x.org", "hello.x.org", "other.net", "share.x.org", "*.share.x.org")


def test_nobody_comes_by_name_in_local_mode():
    assert names(config(access="local")) == ()
    assert "*.share.localhost" in relay_names(config(access="local"))


def test_an_address_has_no_names_below_it():
    paths = {"hello": {"source": "a", "path": "/hello"}}
    assert names(config(domain="192.0.2.7", apps=paths, share=None)) == ("192.0.2.7",)


def test_links_may_be_below_another_domain():
    assert names(config(share={"domain": "s.net"}))[-2:] == ("s.net", "*.s.net")
    assert names(config(share=None))[-1] == "other.net"


def test_the_relay_is_reached_from_this_machine_too():
    found = relay_names(config())
    assert set(names(config())) | {"localhost", "127.0.0.1", "::1"} == set(found)


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        ({"mode": "certbot"}, (("x.org", "hello.x.org", "other.net"),)),
        (DNS, (("x.org", "*.x.org", "*.share.x.org"), ("other.net",))),
    ],
)
def test_what_to_order_depends_on_the_challenge(tls, expected):
    assert orders(config(tls=tls)) == expected
