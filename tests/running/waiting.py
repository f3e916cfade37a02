"""What a page needs time for, waited for: on a busy machine all of it comes late."""

import time

from playwright.sync_api import Error, Locator, Page, Request, Response

from tests.running.chromium import PATIENCE
from tests.running.traefik import until

_CUT = "net::ERR_NETWORK_CHANGED"
_REMEMBER = """() => {
    window.toldSoFar = [];
    new MutationObserver((all) => all.forEach((one) => toldSoFar.push(one.target.textContent)))
        .observe(document, { subtree: true, childList: true, characterData: true });
}"""


def go(page: Page, url: str) -> Response:
    """Open a page; once more if a container has come or gone on the machine."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            answer = page.goto(url)
        except Error as error:
            if _CUT not in error.message or time.monotonic() > deadline:
                raise
        else:
            assert answer
            return answer


def arrive(page: Page, url: str, shown: Locator) -> Response:
    """Open a page and wait for what it makes by its scripts.

    Chromium cuts all connections when a container's network on the machine comes or goes, and a
    page that has lost a script so stays empty. Then it is opened again, as its visitor would do.
    """
    lost: list[str] = []
    """What the page did not get, and why."""

    def failed(request: Request) -> None:
        lost.append(f"{request.url} {request.failure}")

    def refused(response: Response) -> None:
        if response.status >= 400:
            lost.append(f"{response.url} {response.status}")

    page.on("requestfailed", failed)
    page.on("response", refused)
    until = time.monotonic() + PATIENCE / 1000
    answer = go(page, url)
    while not shown.is_visible():
        assert time.monotonic() < until, f"{url} does not show {shown}; lost were {lost}"
        if any(_CUT in one for one in lost):
            lost.clear()
            answer = go(page, url)
        page.wait_for_timeout(100)
    page.remove_listener("requestfailed", failed)
    page.remove_listener("response", refused)
    return answer


def follow(control: Locator) -> None:
    """Press what leads to another page, until that one is there with its styles and scripts.

    What is asked of a page right after a click is asked of whichever of the two is there by then.
    """
    with control.page.expect_navigation():
        control.click()


def close_by(button: Locator) -> None:
    """Press what ends its own window."""
    with button.page.expect_event("close"):
        # There may be nobody left to ask what became of the click.
        button.click(no_wait_after=True)


def sign_in(page: Page, name: str, password: str) -> None:
    """On the page that asks for both, until the answer is there, whichever it is."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    follow(page.get_by_role("button", name="Sign in", exact=True))


def remember_words(page: Page) -> None:
    """From now on, all that the page says, however short a time it stands there."""
    page.evaluate(_REMEMBER)


def wait_for_words(page: Page, words: str, times: int = 1) -> None:
    """Among those that are remembered."""
    said = "([words, times]) => toldSoFar.filter((one) => one === words).length >= times"
    page.wait_for_function(said, arg=[words, times])


def wait_for_picture(image: Locator, wider_than: int) -> None:
    """Until it is loaded, and of a size that no sign for a missing one has."""
    loaded = f"image => image.complete && image.naturalWidth > {wider_than}"
    until(lambda: image.evaluate(loaded), PATIENCE / 1000)
