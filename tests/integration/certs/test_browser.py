"""A browser whose owner has installed the root, and one whose owner has not."""

from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.integration.certs.conftest import DOMAIN, Served
from tests.integration.certs.visitor import names_of
from tests.running.chromium import shoot
from tests.running.rooted import browsing, installed
from tests.running.traefik import until

pytestmark = pytest.mark.browser
ADDRESS = "192.0.2.7"


def test_the_root_makes_the_padlock_close(served: Served, tmp_path: Path) -> None:
    served.configure("{mode: local-ca}")
    root = served.certificates()["root"]
    until(lambda: served.visitor.accepts(DOMAIN, root))
    installed(tmp_path, root)
    address = f"https://{DOMAIN}:{served.visitor.address[1]}/-/certificate"
    with browsing(tmp_path) as page:
        answer = page.goto(address)
        assert answer
        details = answer.security_details()
        assert details
        assert details["protocol"] == "TLS 1.3"
        expect(page.get_by_role("heading", name="Trust this appliance")).to_be_visible()
        assert page.evaluate("isSecureContext")
        shoot(page, "certificate")


def test_by_the_machines_address_it_closes_too(served: Served, tmp_path: Path) -> None:
    """There are no names below an address: apps have paths there."""
    at_a_path = "hello: {source: hello, path: /hello}"
    served.configure("{mode: local-ca}", apps=at_a_path, domain=ADDRESS, share="")
    root = served.certificates()["root"]
    until(lambda: names_of(served.visitor.presented(None)) >= {ADDRESS})
    installed(tmp_path, root)
    with browsing(tmp_path) as page:
        answer = page.goto(f"https://{ADDRESS}:{served.visitor.address[1]}/hello/x")
        assert answer
        assert answer.json()["name"] == "hello"
        assert answer.security_details()
        assert page.evaluate("isSecureContext")
        shoot(page, "certificate-of-an-address")


def test_without_the_root_a_browser_warns(served: Served, tmp_path: Path) -> None:
    served.configure("{mode: local-ca}")
    with (
        browsing(tmp_path) as page,
        pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"),
    ):
        page.goto(f"https://{DOMAIN}:{served.visitor.address[1]}/")
