from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.running.chromium import visitor
from tests.running.installation import PASSWORD, Installation, installation


@pytest.fixture(scope="package")
def place() -> Iterator[Installation]:
    with installation() as made:
        yield made


@pytest.fixture(scope="package")
def ada(place: Installation) -> None:
    """As the docs make her, who is used all over them."""
    place.appliance("users", "create", "ada", "-g", "lab", "--admin", given=PASSWORD)


@pytest.fixture(scope="module")
def browser(place: Installation) -> Iterator[Browser]:
    with place.browsing() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    with visitor(browser, viewport={"width": 1200, "height": 850}) as context:
        yield context.new_page()
