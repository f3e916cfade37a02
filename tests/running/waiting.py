"""What a page needs time for, waited for: on a busy machine all of it comes late."""

from playwright.sync_api import Locator, Page

from tests.running.chromium import PATIENCE
from tests.running.traefik import until

_REMEMBER = """() => {
    window.toldSoFar = [];
    new MutationObserver((all) => all.forEach((one) => toldSoFar.push(one.target.textContent)))
        .observe(document, { subtree: true, childList: true, characterData: true });
}"""


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
