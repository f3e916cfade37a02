"""A browser whose owner has installed the root, and one whose owner has not."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, PATIENCE, SCREENSHOTS, chromium
from tests.integration.certs.conftest import DOMAIN, Served
from tests.running.traefik import until

pytestmark = pytest.mark.browser


def installed(home: Path, root: str) -> None:
    """Put a root where Chromium looks for its user's own."""
    certutil = shutil.which("certutil")
    assert certutil, "certutil is missing: apt-get install libnss3-tools"
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    file = home / "root.pem"
    file.write_text(root)
    where = ("-d", f"sql:{store}")
    subprocess.run([certutil, "-N", *where, "--empty-password"], check=True, timeout=60)
    add = ("-A", "-n", "appliance", "-t", "C,,", "-i", str(file))
    subprocess.run([certutil, *add, *where], check=True, timeout=60)


@contextmanager
def browsing(home: Path) -> Iterator[Page]:
    """A tab of a browser whose owner lives at `home`; every name leads to this machine."""
    mapped = "--host-resolver-rules=MAP * 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*ARGUMENTS, mapped], env={"HOME": str(home)}
        )
        page = browser.new_page(viewport={"width": 1200, "height": 1250})
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


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
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / "certificate.png")


def test_without_the_root_a_browser_warns(served: Served, tmp_path: Path) -> None:
    served.configure("{mode: local-ca}")
    with (
        browsing(tmp_path) as page,
        pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"),
    ):
        page.goto(f"https://{DOMAIN}:{served.visitor.address[1]}/")
