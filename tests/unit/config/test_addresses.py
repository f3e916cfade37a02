import pytest

from appliance.config.addresses import Address, address, link, overview
from appliance.config.schema import Config


def config(app=None, **top):
    return Config.model_validate({"apps": {"hello": {"source": "x", **(app or {})}}, **top})


def test_in_local_mode_an_app_is_below_its_name():
    assert address(config(), "hello") == Address(root=None, host=None, path="/hello")
    assert link(config(ports={"local": 9000}), "hello") == "http://localhost:9000/hello"


def test_in_local_mode_the_path_may_be_chosen():
    assert address(config({"path": "/demo/one"}), "hello").path == "/demo/one"


def test_in_public_mode_an_app_has_a_sub_domain():
    expected = Address("https://hello.demos.example.org", "hello.demos.example.org", "/")
    assert address(config(domain="demos.example.org"), "hello") == expected


def test_in_public_mode_a_path_is_below_the_domain():
    expected = Address("https://example.org/demo", "example.org", "/demo")
    assert address(config({"path": "/demo"}, domain="example.org"), "hello") == expected


def test_in_public_mode_an_app_may_have_a_host_of_its_own():
    found = address(config({"host": "other.net"}, domain="example.org"), "hello")
    assert found == Address("https://other.net", "other.net", "/")


def test_the_port_is_named_unless_it_is_the_schemes_own():
    found = config(domain="example.org", ports={"https": 8443})
    assert address(found, "hello").root == "https://hello.example.org:8443"
    assert overview(found) == "https://example.org:8443"


def test_a_proxy_in_front_is_met_on_the_port_of_https():
    behind = {"mode": "off", "trusted_proxies": ["10.0.0.1"]}
    found = config(domain="example.org", ports={"http": 8000}, tls=behind)
    assert overview(found) == "https://example.org"


def test_with_local_access_the_domain_has_no_effect():
    found = config({"host": "other.net"}, domain="example.org", access="local")
    assert address(found, "hello") == Address(None, None, "/hello")
    assert overview(found) == "http://localhost:8080"


def test_an_unknown_app_has_no_address():
    with pytest.raises(KeyError):
        address(config(), "goodbye")
