"""Apps inside other sites' pages, which get none of the cookies that the apps have elsewhere."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from pyotp import TOTP

from tests.browser.axe import faults
from tests.browser.keys import by_keys
from tests.browser.passkeys import device, passkeys
from tests.running.chromium import shoot, visitor
from tests.running.embedding import (
    CROSS,
    DOMAIN,
    HELLO,
    OPEN,
    PASSWORD,
    PROVIDER,
    SAME,
    STRANGER,
    House,
    browsing,
    house,
)
from tests.running.waiting import close_by, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="module")
def chrome(built: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("home"), built.root) as browser:
        yield browser


@pytest.fixture
def tab(chrome: Browser) -> Iterator[Page]:
    with visitor(chrome, viewport={"width": 1200, "height": 850}) as context:
        yield context.new_page()


def pictured(page: Page, name: str) -> None:
    shoot(page, f"embedding-{name}", full_page=True)


def let_in(page: Page, place: Page | FrameLocator, shot: str) -> None:
    """What a person does: sign in, in the window that opens, and say that he wants it."""
    button = place.get_by_role("button", name="Sign in")
    expect(button).to_be_visible()
    pictured(page, f"{shot}-asks")
    with page.context.expect_page() as opened:
        button.click()
    window = opened.value
    sign_in(window, "ada", PASSWORD)
    expect(window.get_by_text("Ada Lovelace")).to_be_visible()
    show = window.get_by_role("button", name="Show it there")
    expect(show).to_be_enabled()
    assert faults(window) + by_keys(window) == []
    pictured(window, f"{shot}-window")
    close_by(show)


def by_password(window: Page, name: str) -> None:
    sign_in(window, name, PASSWORD)


def at_the_provider(window: Page, name: str) -> None:
    """Its pages take the window away from the page that opened it."""
    window.get_by_role("link", name=f"Continue with {PROVIDER}").click()
    window.get_by_placeholder("Enter any login").fill(name)
    window.get_by_placeholder("and password").fill("x")
    window.get_by_role("button", name="Sign-in").click()
    window.get_by_role("button", name="Continue").click()


def use(page: Page | FrameLocator, file: Path, who: str) -> None:
    """Upload something, have an answer made, and get back what was sent."""
    file.write_text("abc")
    page.get_by_label("name").fill("Ada")
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.get_by_role("link", name="3.0 B").first).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_label("Greeting")).to_have_value(f"Hello Ada, 3 letters, {who}")


def frame(built: House) -> str:
    return f'<iframe src="{built.url(HELLO)}" width="900" height="600"></iframe>'


def component(built: House) -> str:
    return (
        f'<script type="module" crossorigin="use-credentials"'
        f' src="{built.url(HELLO)}-/apps/hello/gradio.js"></script>'
        f'<gradio-app src="{built.url(HELLO)}"></gradio-app>'
    )


@pytest.mark.parametrize("site", [CROSS, SAME])
def test_a_guarded_app_in_a_frame(built: House, tab: Page, site: str, tmp_path: Path) -> None:
    tab.goto(built.sites.publish(site, frame(built)))
    inner = tab.frame_locator("iframe")
    let_in(tab, inner, f"frame-{site}")
    use(inner, tmp_path / "sent.txt", "ada")
    pictured(tab, f"frame-{site}")


@pytest.mark.parametrize("site", [CROSS, SAME])
def test_a_guarded_app_as_a_component(built: House, tab: Page, site: str, tmp_path: Path) -> None:
    tab.goto(built.sites.publish(site, component(built)))
    let_in(tab, tab, f"component-{site}")
    use(tab, tmp_path / "sent.txt", "ada")
    pictured(tab, f"component-{site}")


def with_a_code(window: Page, codes: TOTP) -> None:
    window.get_by_label("Code from your authenticator app").fill(codes.at(int(time.time()) + 30))
    window.get_by_role("button", name="Continue").click()


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("cleo", (at_the_provider, CROSS, frame)),
        ("dora", (by_password, SAME, component)),
        ("hal", (at_the_provider, CROSS, component)),
    ],
)
def test_signing_in_may_take_more_than_a_password(
    built: House,
    tab: Page,
    tmp_path: Path,
    name: str,
    way: tuple[Callable[[Page, str], None], str, Callable[[House], str]],
) -> None:
    prove, site, shape = way
    built.account_elsewhere(name)
    codes = None if name == "hal" else built.authenticator(name)
    tab.goto(built.sites.publish(site, shape(built)))
    place = tab.frame_locator("iframe") if shape is frame else tab
    with tab.context.expect_page() as opened:
        place.get_by_role("button", name="Sign in").click()
    window = opened.value
    prove(window, name)
    # To the page the window is gone by now.
    expect(place.get_by_role("button", name="Show the app")).to_be_visible()
    if codes is not None:
        with_a_code(window, codes)
    expect(window.get_by_text("choose “Show the app”")).to_be_visible()
    pictured(window, f"{name}-window")
    window.close()
    if site == CROSS:
        # The page has lost the window, and asks for another: who signed in is known there.
        with tab.context.expect_page() as opened:
            place.get_by_role("button", name="Show the app").click()
        close_by(opened.value.get_by_role("button", name="Show it there"))
    # On the same site the session itself counts, and no other window is asked for.
    use(place, tmp_path / "sent.txt", name)


@pytest.mark.parametrize(("name", "shape"), [("fay", frame), ("gus", component)])
def test_on_the_same_site_to_sign_in_at_a_provider_is_enough(
    built: House, tab: Page, tmp_path: Path, name: str, shape: Callable[[House], str]
) -> None:
    """The window is lost to the page on the way there; nothing has to be pressed for all that."""
    built.account_elsewhere(name)
    tab.goto(built.sites.publish(SAME, shape(built)))
    place = tab.frame_locator("iframe") if shape is frame else tab
    with tab.context.expect_page() as opened:
        place.get_by_role("button", name="Sign in").click()
    at_the_provider(opened.value, name)
    use(place, tmp_path / "sent.txt", name)


def test_a_passkey_opens_the_app_in_a_frame(built: House, chrome: Browser, tab: Page) -> None:
    tab.goto(built.url(DOMAIN, "/-/sign-in?to=/-/account/passkeys/new"))
    session, held = device(tab)
    sign_in(tab, "emil", PASSWORD)
    tab.get_by_label("What to call it").fill("Phone")
    tab.get_by_role("button", name="Make a passkey").click()
    expect(tab.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    [passkey] = passkeys(session, held)
    with visitor(chrome) as elsewhere:
        page = elsewhere.new_page()
        page.goto(built.sites.publish(CROSS, frame(built)))
        with elsewhere.expect_page() as opened:
            page.frame_locator("iframe").get_by_role("button", name="Sign in").click()
        window = opened.value
        session, held = device(window)
        session.send("WebAuthn.addCredential", {"authenticatorId": held, "credential": passkey})
        window.get_by_role("button", name="Use a passkey").click()
        expect(window.get_by_text("emil")).to_be_visible()
        close_by(window.get_by_role("button", name="Show it there"))
        expect(page.frame_locator("iframe").get_by_label("name")).to_be_visible()


def snippets(built: House, tab: Page, app: str, query: str = "") -> dict[str, str]:
    """As a person copies them from the page."""
    tab.goto(built.url(f"{app}.{HELLO.partition('.')[2]}", f"/-/apps/{app}/embed{query}"))
    expect(tab.locator("#badge")).to_be_visible()
    return {key: tab.locator(f"#{key}").inner_text() for key in ("component", "frame", "badge")}


def test_third_party_cookies_are_blocked_here(built: House, tab: Page) -> None:
    """What the tests of this module are worth."""
    probe = built.sites.publish(STRANGER, "x", "/probe")
    tab.goto(built.sites.publish(CROSS, f'<iframe src="{probe}"></iframe>', "/probe"))
    inner = tab.frames[1]
    inner.wait_for_load_state()
    inner.evaluate("document.cookie = 'plain=1; SameSite=None; Secure'")
    inner.evaluate("document.cookie = 'apart=1; SameSite=None; Secure; Partitioned'")
    assert inner.evaluate("document.cookie") == "apart=1"


@pytest.mark.parametrize("kind", ["frame", "web component"])
def test_a_token_shows_the_app_to_everybody_on_its_site(
    built: House, tab: Page, kind: str, tmp_path: Path
) -> None:
    site = built.sites.origin(CROSS)
    made = built.embed_token(site)
    tab.goto(built.sites.publish(CROSS, made[kind]))
    use(tab.frame_locator("iframe") if kind == "frame" else tab, tmp_path / "sent.txt", "ada")
    pictured(tab, f"token-{kind.rsplit(maxsplit=1)[-1]}")
    tab.goto(built.sites.publish(SAME, made[kind]))
    place = tab.frame_locator("iframe") if kind == "frame" else tab
    expect(place.get_by_role("button", name="Sign in")).to_be_visible()


def test_somebody_who_may_not_see_the_app_is_told_so(built: House, tab: Page) -> None:
    tab.goto(built.sites.publish(SAME, frame(built)))
    with tab.context.expect_page() as opened:
        tab.frame_locator("iframe").get_by_role("button", name="Sign in").click()
    sign_in(opened.value, "bob", PASSWORD)
    expect(opened.value.get_by_role("heading", name="Not for you")).to_be_visible()


@pytest.mark.parametrize("app", [HELLO, OPEN])
def test_a_site_that_may_not_gets_a_refusal(built: House, tab: Page, app: str) -> None:
    with tab.expect_console_message(lambda message: "frame-ancestors" in message.text):
        body = f'<iframe src="{built.url(app)}"></iframe>'
        tab.goto(built.sites.publish(STRANGER, body))
    if app == HELLO:
        tab.goto(built.sites.publish(STRANGER, component(built)))
    else:
        tab.goto(built.sites.publish(STRANGER, snippets(built, tab, "open")["component"]))
    expect(tab.get_by_text("is not among the sites that may embed it")).to_be_visible()
    expect(tab.get_by_role("link", name="Open the app")).to_have_attribute("href", built.url(app))


def test_the_lines_for_a_guarded_app_are_what_these_tests_use(
    built: House, chrome: Browser, tab: Page
) -> None:
    tab.goto(built.url(HELLO))
    sign_in(tab, "ada", PASSWORD)
    expect(tab.get_by_label("name")).to_be_visible()
    found = snippets(built, tab, "hello")
    assert "".join(found["component"].split()) == "".join(component(built).split())
    pictured(tab, "page-guarded")
    picture = found["badge"].split("](")[1].removesuffix(")")
    with visitor(chrome) as stranger:
        page = stranger.new_page()
        page.goto(picture)
        expect(page.get_by_text("Hello", exact=True)).to_be_visible()
        assert page.goto(picture.partition("?")[0]).status == 404


LISTEN = """<script>
let renders = 0, highest = 0;
addEventListener("render", () => renders++);
new MutationObserver(() => {
  const box = document.querySelector(".gradio-container");
  highest = Math.max(highest, parseInt(box?.style.minHeight) || 0);
}).observe(document, { childList: true, subtree: true, attributes: true });
</script>"""


def shown(built: House, tab: Page, attributes: str) -> None:
    """A page with the public app far below what is in view."""
    script = f'<script type="module" src="{built.url(OPEN)}gradio.js"></script>'
    far = '<p style="height: 3000px">far</p>'
    element = f"<gradio-app {attributes}></gradio-app>"
    tab.goto(built.sites.publish(CROSS, LISTEN + script + far + element))


def test_every_attribute_does_what_the_guide_says(built: House, tab: Page) -> None:
    attributes = (
        'space="open" info="true" control_page_title="true" container="false" theme_mode="dark"'
        ' initial_height="777px" eager="true" autoscroll="true"'
    )
    shown(built, tab, attributes)
    # Though nobody has scrolled there: `eager`.
    tab.wait_for_function("renders === 1")
    assert tab.evaluate("highest") == 777
    expect(tab).to_have_title("The app's title")
    expect(tab.locator("gradio-app")).to_have_class("dark")
    expect(tab.locator(".gradio-container")).not_to_have_class(re.compile("embed-container"))
    expect(tab.locator(".appliance-info")).to_contain_text(f"{OPEN}:{built.port} · built with")
    pictured(tab, "attributes")
    # Pressed without being scrolled to.
    expect(tab.get_by_label("Greeting")).not_to_be_in_viewport()
    tab.get_by_role("button", name="Submit").dispatch_event("click")
    expect(tab.get_by_label("Greeting")).to_be_in_viewport()
    expect(tab.get_by_label("Greeting")).to_have_value("Hello , 0 letters, stranger")


def test_without_attributes_it_does_none_of_it(built: House, tab: Page) -> None:
    shown(built, tab, f'src="{built.url(OPEN)}" theme_mode="light"')
    expect(tab.locator("gradio-app .gradio-container")).to_be_attached()
    tab.wait_for_function("highest === 300")
    assert tab.evaluate("[highest, renders]") == [300, 0]
    tab.locator("gradio-app").scroll_into_view_if_needed()
    tab.wait_for_function("renders === 1")
    expect(tab).to_have_title("A blog")
    expect(tab.locator("gradio-app.dark")).to_have_count(0)
    expect(tab.locator(".gradio-container")).to_have_class(re.compile("embed-container"))
    expect(tab.locator(".appliance-info")).to_have_count(0)
    tab.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    tab.get_by_role("button", name="Submit").dispatch_event("click")
    expect(tab.get_by_label("Greeting")).to_have_value("Hello , 0 letters, stranger")
    expect(tab.get_by_label("Greeting")).not_to_be_in_viewport()


def test_a_name_that_is_none_or_not_for_the_site_leads_nowhere(built: House, tab: Page) -> None:
    script = f'<script type="module" src="{built.url(OPEN)}gradio.js"></script>'
    tab.goto(built.sites.publish(CROSS, f'{script}<gradio-app space="none"></gradio-app>'))
    expect(tab.get_by_text("There is no app “none” that")).to_be_visible()
    # That of an app for people who sign in says the same, and knows the others.
    guarded = component(built).partition("<gradio-app")[0]
    names = '<gradio-app space="none"></gradio-app><gradio-app space="open"></gradio-app>'
    tab.goto(built.sites.publish(CROSS, f"{guarded}{names}<gradio-app></gradio-app>"))
    expect(tab.get_by_text("There is no app “none” that")).to_be_visible()
    expect(tab.get_by_label("Greeting")).to_be_visible()
    expect(tab.get_by_text("Sign in to use hello here.")).to_be_visible()
    stranger = {"Origin": built.sites.origin(STRANGER)}
    assert built.ask(OPEN, "/-/apps/hello/address", headers=stranger).status_code == 404


def test_a_name_leads_to_an_app_for_people_who_sign_in(
    built: House, tab: Page, tmp_path: Path
) -> None:
    script = f'<script type="module" src="{built.url(OPEN)}gradio.js"></script>'
    tab.goto(built.sites.publish(CROSS, f'{script}<gradio-app space="hello"></gradio-app>'))
    let_in(tab, tab, "component-by-name")
    use(tab, tmp_path / "sent.txt", "ada")


def test_who_makes_a_token_finds_it_in_the_lines(built: House, tab: Page) -> None:
    tab.goto(built.url(HELLO, "/-/apps/hello/code"))
    sign_in(tab, "ada", PASSWORD)
    expect(tab.locator("#python")).to_contain_text('token=os.environ["TOKEN"]')
    tab.get_by_role("link", name="Make a token for these lines").click()
    tab.get_by_role("button", name="Make token").click()
    secret = tab.get_by_label("Token", exact=True).inner_text()
    tab.get_by_role("link", name="Put it into the lines that call the app").click()
    for language in ("python", "javascript", "curl"):
        expect(tab.locator(f"#{language}")).to_contain_text(secret)
    expect(tab.locator("pre[aria-label=Token]")).to_have_text(secret)
    pictured(tab, "code-with-token")
    program = {"Authorization": f"Bearer {secret}"}
    assert built.ask(HELLO, "/config", headers=program).status_code == 200
    assert built.ask(HELLO, "/theme.css", headers=program).status_code == 401
    tab.reload()
    expect(tab.locator("#python")).to_contain_text('token=os.environ["TOKEN"]')
