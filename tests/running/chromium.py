"""The system's own Chromium; Playwright's would have to be downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.running.examples import ROOT

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 120_000
"""Milliseconds until something that should appear is taken for missing: nobody waits for them where
all is well, and a machine with other things to do needs many."""
_SCREENSHOTS = ROOT / "artifacts" / "screenshots"


def chromium() -> Path:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is missing: apt-get install chromium"
    return Path(found)


@contextmanager
def launched(
    *more: str, home: Path | None = None, program: Path | None = None
) -> Iterator[Browser]:
    """With more arguments, of the user who lives at `home`, by a program that starts it."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program or chromium(),
            args=[*_ARGUMENTS, *more],
            env={"HOME": str(home)} if home else None,
        )
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Somebody who was never here, and has patience."""
    with browser.new_context(**options) as context:
        context.set_default_timeout(PATIENCE)
        yield context


def shoot(page: Page, name: str, *, full_page: bool = False) -> None:
    """For people to look at."""
    _SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=_SCREENSHOTS / f"{name}.png", full_page=full_page)
