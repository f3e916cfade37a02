"""The system's own Chromium; Playwright's would have to be downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.running.examples import ROOT

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60_000
"""Milliseconds until something that should appear is taken for missing."""
_SCREENSHOTS = ROOT / "artifacts" / "screenshots"


def chromium() -> Path:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is missing: apt-get install chromium"
    return Path(found)


@contextmanager
def launched() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


def shoot(page: Page, name: str, *, full_page: bool = False) -> None:
    """For people to look at."""
    _SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=_SCREENSHOTS / f"{name}.png", full_page=full_page)
