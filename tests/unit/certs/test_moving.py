"""Which names are served while others wait."""

import pytest

from appliance.certs.model import Origin
from appliance.certs.moving import lasts, served, vouched
from appliance.certs.status import CertificatesStatus, NameStatus
from appliance.config.naming import Naming, naming
from appliance.config.schema import Config

HTTP = {"mode": "certbot"}
DNS = {"mode": "certbot", "challenge": {"dns": "route53"}}
HELLO = {"hello": {"source": "x"}}
BEFORE = ("old.org", "hello.old.org")
AFTER = ("new.org", "hello.new.org")


def config(domain: str | None, tls: dict | None = None, **more: object) -> Config:
    given = {"domain": domain, "tls": HTTP if tls is None else tls, "apps": HELLO, **more}
    return Config.model_validate(given)


def lasting(domain: str = "old.org", **more: object) -> Naming | None:
    return naming(config(domain, **more))


def test_the_former_domain_goes_on_until_the_other_has_its_certificate() -> None:
    wanted = config("new.org")
    found = served(wanted, lasting(), BEFORE)
    assert found.config.domain == "old.org"
    assert found.awaited == AFTER
    assert served(wanted, lasting(), (*BEFORE, "new.org")).awaited == ("hello.new.org",)
    found = served(wanted, lasting(), (*BEFORE, *AFTER))
    assert (found.config, found.awaited) == (wanted, ())


@pytest.mark.parametrize(
    ("wanted", "before"),
    [
        # Nobody has counted on any name so far.
        (config("new.org"), None),
        (config("old.org"), lasting()),
        (config(None), lasting()),
        # A certificate is there as soon as it is asked for, or is not our business.
        (config("new.org", {"mode": "local-ca"}), lasting()),
        (config("new.org", {"mode": "files", "certificates": []}), lasting()),
        (config("new.org", {"mode": "off", "trusted_proxies": ["10.0.0.1"]}), lasting()),
        # What was there is gone, or nobody's to wait for.
        (config("old.org", apps={}), lasting()),
        (config("old.org", apps={**HELLO, "new": {"source": "x", "host": "n.org"}}), lasting()),
        # By HTTP links have no certificate of an authority, before or after.
        (config("old.org", share={"domain": "s.org"}), lasting(share={})),
        # Both at once is not possible.
        (
            config(
                "old.org",
                apps={
                    "hello": {"source": "x", "host": "h.org"},
                    "x": {"source": "x", "host": "hello.old.org"},
                },
            ),
            lasting(),
        ),
    ],
)
def test_nobody_waits_in_vain(wanted: Config, before: Naming | None) -> None:
    assert served(wanted, before, BEFORE).config is wanted


def test_a_name_that_was_no_better_off_before_holds_nobody_up() -> None:
    # The record of the app's name is missing here and there.
    found = served(config("new.org"), lasting(), ("old.org", "new.org"))
    assert found.config.domain == "new.org"
    assert served(config("new.org"), lasting(), ("old.org",)).awaited == ("new.org",)


def test_visitors_who_know_another_kind_of_certificate_are_not_cut_off_either() -> None:
    assert served(config("new.org"), lasting(), ()).awaited == AFTER


def test_links_and_apps_elsewhere_wait_each_with_the_names_of_before() -> None:
    names = (*BEFORE, "*.old.org", "*.share.old.org")
    wanted = config("old.org", DNS, share={"domain": "s.org"})
    found = served(wanted, lasting(share={}), names)
    assert found.awaited == ("*.s.org",)
    assert found.config.share is not None
    assert found.config.share.domain == "share.old.org"
    wanted = config("old.org", apps={"hello": {"source": "x", "host": "h.org"}})
    found = served(wanted, lasting(), names)
    assert found.awaited == ("h.org",)
    assert found.config.apps["hello"].host is None


def test_what_counts_is_a_certificate_of_an_authority() -> None:
    known = CertificatesStatus(
        names=(
            NameStatus(name="good.org", origin=Origin.CERTBOT),
            NameStatus(name="own.org", origin=Origin.LOCAL_CA),
            NameStatus(name="none.org"),
        )
    )
    assert vouched(known) == {"good.org"}


def test_a_name_lasts_once_it_has_what_its_mode_promises() -> None:
    assert not lasts(config("x.org"), ())
    assert lasts(config("x.org"), ("x.org",))
    assert lasts(config("x.org", {"mode": "local-ca"}), ())
    assert lasts(config(None), ())
