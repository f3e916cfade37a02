"""A stack with a door: the first account, clients that sign in, strangers who stay outside."""

import re
from collections.abc import Iterator

import httpx
import pytest
from gradio_client import Client
from playwright.sync_api import expect

from tests.running.chromium import launched, visitor
from tests.running.composed import Stack, until
from tests.running.tab import NAVIGATION, forms
from tests.running.waiting import arrive, sign_in

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

_APPLIANCE = ("exec", "--no-TTY", "control", "appliance")
_OPEN = "apps:\n  hello: {source: examples/hello}\n"
_GUARDED = """auth: {}
apps:
  hello: {source: examples/hello, access: signed-in}
  request: {source: examples/request, access: signed-in}
"""
_PASSWORD = "a long enough password"


@pytest.fixture
def guarded(stack: Stack) -> Iterator[Stack]:
    """The stack with a door, and nobody who is known; afterwards without, for other tests."""
    _become(stack, _GUARDED, 401)
    yield stack
    if '"ada"' in stack.run(*_APPLIANCE, "users", "--json"):
        stack.run(*_APPLIANCE, "users", "remove", "ada", "--yes")
    _become(stack, _OPEN, 200)


def _become(stack: Stack, apps: str, status: int) -> None:
    """With a door an app is another instance than without; until strangers get that status of it.

    A prediction is two requests, and one of them must not reach the former instance.
    """
    before = {one.id for one in stack.instances("hello")}

    def replaced() -> bool:
        now = {one.id for one in stack.instances("hello")}
        return bool(now) and now.isdisjoint(before)

    stack.configure(apps)
    until(replaced)
    until(lambda: stack.get("/hello/config").status_code == status)


def test_the_setup_link_makes_an_account_that_gets_in_where_strangers_do_not(
    guarded: Stack,
) -> None:
    stack = guarded
    # What the log says leads to the link.
    until(lambda: "appliance users setup" in stack.run("logs", "control"))
    link = stack.run(*_APPLIANCE, "users", "setup").split()[-1]
    _accept(link)

    url = f"{stack.appliance.origin}/hello/"
    by_password = Client(url, auth=("ada", _PASSWORD), httpx_kwargs={"timeout": 60}, verbose=False)
    assert _greeting(by_password) == "Hello, Ada!"
    made = stack.run(*_APPLIANCE, "tokens", "create", "ada", "a notebook")
    by_token = Client(url, token=made.split()[-1], verbose=False)
    assert _greeting(by_token) == "Hello, Ada!"
    until(lambda: stack.get("/request/config").status_code == 401)
    _the_app_learns_who_opens_it_in_a_browser(f"{stack.appliance.origin}/request/")

    claims = {"Remote-User": "ada", "X-Appliance-Identity": "x", "Authorization": "Bearer x"}
    assert httpx.get(f"{url}config", headers=claims, timeout=30).status_code == 401
    for secret in (_PASSWORD, made.split()[-1], re.split("/", link)[-1]):
        assert secret not in stack.run("logs")


def _accept(link: str) -> None:
    """As a browser does it."""
    origin = "/".join(link.split("/")[:3])
    with httpx.Client(headers=NAVIGATION, timeout=30) as browser:
        [form] = [form for form in forms(browser.get(link).text) if "name" in form["fields"]]
        said = {**form["fields"], "name": "ada", "password": _PASSWORD, "repeated": _PASSWORD}
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        answer = browser.post(form["action"] or link, data=said, headers=headers)
    assert answer.is_redirect, answer.text


def _the_app_learns_who_opens_it_in_a_browser(url: str) -> None:
    with launched() as browser, visitor(browser) as context:
        page = context.new_page()
        wanted = f"{url}?colour=green"
        page.goto(wanted)
        sign_in(page, "ada", _PASSWORD)
        assert page.url == wanted
        arrive(page, wanted, page.get_by_text('"username"').first)
        # The facts are JSON: what is in quotes is said by the app.
        for fact in ('"username"', '"ada"', '"colour"', '"green"'):
            expect(page.get_by_text(fact).first).to_be_visible()
        expect(page.get_by_text("appliance-session")).to_have_count(0)


def _greeting(client: Client) -> str:
    return str(client.submit("Ada", api_name="/greet").result(timeout=120))
