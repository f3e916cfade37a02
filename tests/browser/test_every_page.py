"""Every page, full of everything, as administrator, somebody else and stranger see it.

All are in the tables below: nothing is wider than the window of a phone or a desk, nothing is asked
of another machine (`visit` looks), and axe-core finds nothing grave. A page without a row fails.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, Route, expect
from starlette.routing import compile_path

from appliance.auth.forward.traefik import guard_path
from appliance.auth.people.links import Invitation
from appliance.auth.places import SIGN_IN
from appliance.relay.gateway.answers import Answers, Kind
from appliance.web.account import places as account
from appliance.web.account.routes import PAGES as OF_ACCOUNTS
from appliance.web.dashboard import places
from appliance.web.dashboard.routes import PAGES as OF_DASHBOARD
from appliance.web.dashboard.serving import View
from tests.browser.conftest import Visit
from tests.browser.looking import (
    Seen,
    Watched,
    look,
    note_templates,
    pages_of_their_own,
    walk,
)
from tests.running import machine
from tests.running.house import PASSWORD, House
from tests.running.populated import BLOG, LONG, populated
from tests.running.process import free_port
from tests.running.upstream import serving
from tests.running.waiting import sign_in

pytestmark = pytest.mark.browser
REFUSALS = {403, 404, 409, 410, 422, 429, 502, 503, 504}
"""What pages are about here, or get that ask an app: there is none behind this house."""


def makes_a_key(page: Page, _: House) -> None:
    page.get_by_label("For whom").fill(f"made-{int(time.time() * 1000) % 10**9}")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_role("status")).to_contain_text("not shown again")


def protects(page: Page, _: House) -> None:
    page.get_by_role("button", name="New password for bobs-app").click()
    expect(page.get_by_role("heading", name="Ask for a password on bobs-app?")).to_be_visible()
    page.get_by_role("button", name="Make a password").click()
    expect(page.get_by_role("status")).to_contain_text("not shown again")
    expect(page.get_by_label("Password", exact=True)).to_have_text(machine.LINK_PASSWORD)


def invites(page: Page, _: House) -> None:
    page.get_by_label("Groups").fill("lab")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("heading", name="An invitation")).to_be_visible()


def invites_wrongly(page: Page, _: House) -> None:
    page.get_by_label("Groups").fill("No Such/Group")
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_role("alert")).to_contain_text("A group has at most")


def empties(page: Page, _: House) -> None:
    page.get_by_role("button", name="Empty… Uploads and results").click()
    expect(page.get_by_role("heading", name="Empty “Uploads and results”")).to_be_visible()


def did_empty(page: Page, house: House) -> None:
    empties(page, house)
    page.get_by_role("button", name="Empty it").click()
    expect(page.get_by_role("status")).to_contain_text("are gone")


def plans(page: Page, _: House) -> None:
    page.get_by_label("Paste the whole of").fill("apps:\n  hello: {source: hello}\n")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", name="If this were saved now")).to_be_visible()


def plans_wrongly(page: Page, _: House) -> None:
    page.get_by_label("Paste the whole of").fill("aps: {}\n")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("1:1")


def makes_a_token(page: Page, _: House) -> None:
    page.get_by_label("What it is for").fill("Notebook")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("heading", name="Token “Notebook”")).to_be_visible()


def sets_up_an_authenticator(page: Page, _: House) -> None:
    secret = page.locator(".key").inner_text().replace(" ", "")
    page.get_by_label("Type the code").fill(pyotp.TOTP(secret).now())
    page.locator("main button.primary").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()


def leaves(page: Page, _: House) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()


def begins_to_sign_in(page: Page, _: House) -> None:
    sign_in(page, "eve", PASSWORD)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()


def is_invited(page: Page, house: House) -> None:
    secret = house.door.links.invite(Invitation(("lab",), name="mia"), "ada")
    page.goto(f"{page.url.split('/-/')[0]}/-/link/{secret}")


def joins_wrongly(page: Page, house: House) -> None:
    is_invited(page, house)
    page.get_by_label("Password", exact=True).fill("short words")
    page.get_by_label("Password once more").fill("other words")
    page.get_by_role("button", name="Make account").click()
    expect(page.get_by_role("alert")).to_be_visible()


def forgot_his_password(page: Page, house: House) -> None:
    secret = house.door.links.reset(house.door.people.named("student-2"), "ada")
    page.goto(f"{page.url.split('/-/')[0]}/-/link/{secret}")


def mistypes(page: Page, name: str, times: int) -> None:
    for _ in range(times):
        sign_in(page, name, "not the password")


def mistypes_and_signs_in(page: Page, _: House) -> None:
    mistypes(page, "student-0", 3)
    sign_in(page, "student-0", PASSWORD)
    expect(page.get_by_text("3 attempts to sign in")).to_be_visible()


def guesses(page: Page, _: House) -> None:
    mistypes(page, "student-1", 6)
    expect(page.get_by_role("alert")).to_contain_text("Too many failed attempts")


_SHARE = f"{places.SHARE_VISITS}?name=bobs-app"
_WISH = f"?site={BLOG}&challenge={'0' * 64}&reader=page"
OF_AN_ACCOUNT = (
    Seen("account/account.html", account.ACCOUNT),
    Seen("account/password.html", account.PASSWORD),
    Seen("account/new-token.html", account.NEW_TOKEN),
    Seen("account/authenticator.html", account.AUTHENTICATOR),
    Seen("account/passkey.html", account.NEW_PASSKEY),
    Seen("account/confirm.html", account.CONFIRM),
    Seen("account/sign-out.html", account.SIGN_OUT),
)
OF_APPS = (
    Seen("overview.html", "/"),
    Seen("overview.html", "/?q=nothing-is-called-so"),
    Seen("embedding/code.html", "/-/apps/hello/code"),
    Seen("embedding/embed.html", "/-/apps/hello/embed"),
)
FOR_ADMINISTRATORS = (
    Seen("dashboard/apps.html", places.DASHBOARD),
    Seen("dashboard/app.html", places.app_page("hello")),
    Seen("dashboard/app.html", places.app_page("broken")),
    Seen("dashboard/app.html", places.app_page("slow")),
    Seen("dashboard/visits.html", places.visits_page("hello")),
    Seen("dashboard/visits.html", f"{places.visits_page('hello')}?period=day"),
    Seen("dashboard/visits.html", places.visits_page("broken")),
    Seen("dashboard/files.html", places.files_page("hello")),
    Seen("dashboard/confirm.html", places.files_page("hello"), empties, "confirm"),
    Seen("dashboard/files.html", places.files_page("hello"), did_empty, "emptied"),
    Seen("dashboard/shares.html", places.SHARES),
    Seen("dashboard/shares.html", f"{places.SHARES}?past=yes"),
    Seen("dashboard/shares.html", f"{places.SHARES}?q=nothing-is-called-so"),
    Seen("dashboard/link-password.html", places.SHARES, protects, "link-password-once"),
    Seen("dashboard/sharing.html", places.SHARING),
    Seen("dashboard/keys.html", places.KEYS),
    Seen("dashboard/limits.html", f"{places.KEY_LIMITS}?name={LONG[:40]}"),
    Seen("dashboard/key.html", places.KEYS, makes_a_key, "key-once"),
    Seen("dashboard/people.html", places.PEOPLE),
    Seen("dashboard/person.html", places.person_page("bob")),
    Seen("dashboard/person.html", places.person_page("ada")),
    Seen("dashboard/invitations.html", places.INVITATIONS),
    Seen("dashboard/invite.html", f"{places.INVITATIONS}/new"),
    Seen("dashboard/invite.html", f"{places.INVITATIONS}/new", invites_wrongly, "invite-refused"),
    Seen("dashboard/link.html", f"{places.INVITATIONS}/new", invites, "link-once"),
    Seen("dashboard/tokens.html", places.TOKENS),
    Seen("dashboard/certificates.html", places.CERTIFICATES),
    Seen("dashboard/health.html", places.HEALTH),
    Seen("dashboard/plan.html", places.PLAN),
    Seen("dashboard/plan.html", places.PLAN, plans, "plan-shown"),
    Seen("dashboard/plan.html", places.PLAN, plans_wrongly, "plan-refused"),
    Seen("dashboard/audit.html", places.AUDIT),
    Seen("dashboard/audit.html", f"{places.AUDIT}?page=2"),
    Seen("dashboard/audit.html", f"{places.AUDIT}?words=nothing-like-this"),
    *OF_AN_ACCOUNT[:1],
)
FOR_OTHERS = (
    Seen("dashboard/mine.html", places.DASHBOARD),
    Seen("dashboard/shares.html", places.SHARES),
    Seen("dashboard/shares.html", f"{places.SHARES}?past=yes"),
    Seen("dashboard/visits.html", _SHARE),
    Seen("dashboard/sharing.html", places.SHARING),
    *OF_APPS,
    Seen("embedding/grant.html", f"/-/apps/hello/embedded{_WISH}", name="grant"),
    *OF_AN_ACCOUNT,
    Seen("account/token.html", account.NEW_TOKEN, makes_a_token, "token"),
    Seen("account/message.html", places.AUDIT),
    Seen("account/message.html", "/-/dashboard/apps/nobody"),
)
WITH_SECOND_FACTORS = (
    Seen(
        "account/recovery-codes.html",
        account.AUTHENTICATOR,
        sets_up_an_authenticator,
        "recovery-codes",
    ),
    Seen("account/account.html", account.ACCOUNT, name="account-with-factors"),
    Seen("account/signed-out.html", account.SIGN_OUT, leaves, "signed-out"),
    Seen("account/second-step.html", SIGN_IN, begins_to_sign_in, "second-step"),
    Seen("account/second-step.html", f"{account.SECOND_STEP}?with=recovery-code"),
)
FOR_STRANGERS = (
    Seen("overview.html", "/"),
    Seen("certificate.html", "/-/certificate"),
    Seen("api.html", "/-/api/v1/"),
    Seen("message.html", "/nowhere"),
    Seen("message.html", "/-/error/502?app=hello"),
    Seen("message.html", "/-/error/504?app=hello"),
    Seen("app.html", "/broken/"),
    Seen("app.html", "/slow/"),
    Seen("account/message.html", "/-/link/x"),
    Seen("account/join.html", SIGN_IN, is_invited, "invitation"),
    Seen("account/join.html", SIGN_IN, joins_wrongly, "invitation-refused"),
    Seen("account/join.html", SIGN_IN, forgot_his_password, "reset"),
    Seen("account/sign-in.html", SIGN_IN),
    Seen("account/sign-in.html", SIGN_IN, guesses, "locked-out"),
    Seen("account/signed-in.html", SIGN_IN, mistypes_and_signs_in, "attempts"),
)


def sets_up(page: Page, house: House) -> None:
    page.goto(f"{page.url.split('/-/')[0]}/-/link/{house.door.links.setup()}")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def is_asked_for_a_factor(page: Page, _: House) -> None:
    page.get_by_label("Name", exact=True).fill("ada")
    for label in ("Password", "Password once more"):
        page.get_by_label(label, exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("second factor")


AT_FIRST = (
    Seen("account/join.html", SIGN_IN, sets_up, "setup"),
    Seen("account/enrol.html", "", is_asked_for_a_factor, "enrol"),
)
ALL = (
    *FOR_ADMINISTRATORS,
    *FOR_OTHERS,
    *WITH_SECOND_FACTORS,
    *FOR_STRANGERS,
    *AT_FIRST,
)
MADE_BEFORE = {"embedding/framed.html"}
"""Kept by the door as bytes; see `kept_pages`."""
LEADS_ON = {"account/leaving.html"}
"""At once, to a provider."""
REACHED = {
    account.SECOND_STEP,
    account.ENROL,
    account.SIGNED_IN,
    account.SIGNED_OUT,
    account.NEW_CODES,
}
"""By what is done on other pages."""
NO_PAGES = {f"{account.WITH}/{{provider}}", f"{account.FROM}/{{provider}}"}
"""They lead elsewhere."""


def test_every_page_has_a_row() -> None:
    shown = {seen.template for seen in ALL}
    assert pages_of_their_own() - MADE_BEFORE - LEADS_ON == shown
    opened = {seen.path.partition("?")[0] for seen in ALL}
    of_dashboard = [view for view in OF_DASHBOARD if isinstance(view, View) and not view.once]
    of_accounts = [page for page in OF_ACCOUNTS if page.show is not None]
    for path in (view.path for view in (*of_dashboard, *of_accounts)):
        pattern, _, _ = compile_path(path)
        assert path in REACHED | NO_PAGES or any(map(pattern.match, opened)), path
    for view in of_dashboard:
        assert f"dashboard/{view.template}.html" in shown


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = populated(tmp_path_factory.mktemp("house"))
    yield house
    house.door.engine.dispose()


@pytest.fixture(scope="module")
def watched(house: House) -> Iterator[Watched]:
    with pytest.MonkeyPatch.context() as patch:
        note_templates(patch)
        yield Watched(house.app)


@pytest.fixture(scope="module")
def origin(watched: Watched) -> Iterator[str]:
    port = free_port()
    with serving(watched, f"http://127.0.0.1:{port}"):
        yield f"http://localhost:{port}"


VISITORS = {
    "administrator": ("ada", FOR_ADMINISTRATORS),
    "somebody": ("bob", FOR_OTHERS),
    "with-second-factors": ("eve", WITH_SECOND_FACTORS),
    "stranger": ("", FOR_STRANGERS),
}


@pytest.mark.parametrize("who", VISITORS)
def test_pages_of(origin: str, house: House, watched: Watched, visit: Visit, who: str) -> None:
    visit.tolerated = REFUSALS
    name, pages = VISITORS[who]
    visit.go(f"{origin}/-/dashboard" if name else f"{origin}/")
    if name:
        sign_in(visit.page, name, PASSWORD)
    walk(visit, house, watched, who, pages)


def test_the_first_pages_of_all(tmp_path: Path, visit: Visit) -> None:
    house = House(tmp_path, time.time, auth={"second_factor": "required"})
    watched, port = Watched(house.app), free_port()
    with pytest.MonkeyPatch.context() as patch, serving(watched, f"http://127.0.0.1:{port}"):
        note_templates(patch)
        visit.go(f"http://localhost:{port}{SIGN_IN}")
        walk(visit, house, watched, "first", AT_FIRST)
    house.door.engine.dispose()


def kept_pages(house: House) -> dict[str, tuple[int, dict[str, str], bytes]]:
    """Those that are made before anybody asks, in the relay and at the door."""
    guard = house.forward.guards[guard_path("hello")]
    kept = {"framed": guard.framed, "limited": guard.limited, "forbidden": guard.forbidden}
    found = {
        name: (status, {key.decode(): value.decode() for key, value in headers}, body)
        for name, (status, headers, body) in kept.items()
    }
    answers = Answers()
    for kind in set(Kind) - {Kind.MALFORMED}:  # no answer: the connection ends
        whole = answers.answer(
            kind, f"{kind}.localhost", page=True, head_only=False, close=True, since=1_790_000_000.0
        )
        head, _, body = whole.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        # They come back by themselves, which a look at them does not wait for.
        body = body.replace(b'http-equiv="refresh"', b'name="refresh"')
        pairs = dict(line.split(": ", 1) for line in lines)
        found[f"link-{kind}"] = (int(first.split()[1]), pairs, body)
    return found


def answering(status: int, headers: dict[str, str], body: bytes) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, headers=headers, body=body)


def test_pages_that_are_kept(origin: str, house: House, visit: Visit) -> None:
    visit.tolerated = set(range(400, 600))
    visit.go(f"{origin}/")
    found = []
    for name, (status, headers, body) in kept_pages(house).items():
        address = f"{origin}/kept/{name}"
        visit.page.route(address, answering(status, headers, body))
        visit.page.goto(address)
        expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
        # The policy lets the style in.
        expect(visit.page.locator("main")).to_have_css("display", "grid")
        found += look(visit, f"kept-{name}")
    assert not found, "\n".join(found)
