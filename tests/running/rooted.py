"""A browser whose owner has installed the appliance's root."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.running.chromium import launched, visitor


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
    everywhere = "--host-resolver-rules=MAP * 127.0.0.1"
    size = {"width": 1200, "height": 1250}
    with launched(everywhere, home=home) as browser, visitor(browser, viewport=size) as context:
        yield context.new_page()
