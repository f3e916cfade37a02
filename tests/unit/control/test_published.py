"""The ports the YAML asks for against those the machine has."""

import pytest

from appliance.config.schema import Config
from appliance.control.published import Published, notices

LOCAL = Config.model_validate({"ports": {"local": 8080}})
PUBLIC = Config.model_validate({"domain": "demos.example.org", "ports": {"http": 80}})
BEHIND = Config.model_validate(
    {"domain": "demos.example.org", "tls": {"mode": "off", "trusted_proxies": ["10.0.0.1"]}}
)
SHARING = Config.model_validate({"share": {}})
SHARING_PUBLICLY = Config.model_validate({"domain": "a.org", "share": {}})


@pytest.mark.parametrize(
    ("config", "published"),
    [
        (LOCAL, Published("127.0.0.1:8080", "none")),
        (LOCAL, Published()),
        (PUBLIC, Published("127.0.0.1:8080", "0.0.0.0:80")),
        (PUBLIC, Published("none", ":80")),
        (PUBLIC, Published("none", "[::]:80")),
        (PUBLIC, Published()),
        (PUBLIC, Published("none", ":80", ":443", (), False)),
        (BEHIND, Published("none", ":80", "none", ("10.0.0.1/32",), False)),
        (LOCAL, Published("127.0.0.1:8080", "none", share="none")),
        (SHARING, Published("127.0.0.1:8080", "none", share="127.0.0.1:7000")),
        (SHARING_PUBLICLY, Published("none", ":80", share=":7000")),
    ],
)
def test_what_was_asked_for_needs_no_notice(config: Config, published: Published) -> None:
    assert notices(config, published) == ()


@pytest.mark.parametrize(
    ("config", "published", "says"),
    [
        (LOCAL, Published("127.0.0.1:9090", "none"), "port 9090 of 127.0.0.1"),
        (LOCAL, Published("none", "none"), "no such port is open"),
        (LOCAL, Published("0.0.0.0:8080", "none"), "port 8080 on all addresses"),
        (LOCAL, Published("127.0.0.1:8080", "0.0.0.0:80"), "Nothing is served there"),
        (PUBLIC, Published("127.0.0.1:8080", "none"), "no such port is open"),
        (PUBLIC, Published("none", "0.0.0.0:8000"), "port 8000 on all addresses"),
        (PUBLIC, Published("none", "127.0.0.1:80"), "port 80 of 127.0.0.1"),
        (PUBLIC, Published("none", ":80", "none"), "asks for port 443"),
        (PUBLIC, Published("none", ":80", ":443", ("10.0.0.1/32",)), "`tls.trusted_proxies`"),
        (PUBLIC, Published("none", ":80", ":443", (), True), "`tls.http3`"),
        (BEHIND, Published("none", ":80", ":443"), "asks for no TLS"),
        (LOCAL, Published("127.0.0.1:8080", "none", ":443"), "asks for no TLS"),
        (SHARING, Published(share="none"), "no such port is open"),
        (SHARING, Published(share=":7000"), "port 7000 on all addresses"),
        (SHARING_PUBLICLY, Published(share="127.0.0.1:7000"), "port 7000 of 127.0.0.1"),
    ],
)
def test_a_difference_is_told_with_what_mends_it(
    config: Config, published: Published, says: str
) -> None:
    (notice,) = notices(config, published)
    assert notice.code == "ports-differ"
    assert says in notice.message
    assert "`scripts/up`" in notice.remedy
