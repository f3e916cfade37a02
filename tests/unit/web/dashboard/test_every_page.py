"""What is true of all pages of the dashboard."""

import re

import pytest

from appliance.certs.model import Origin
from appliance.certs.status import CertificatesStatus, NameStatus
from appliance.web.dashboard.places import DASHBOARD, KEY_LIMITS, SHARE_VISITS
from appliance.web.dashboard.routes import PAGES
from appliance.web.dashboard.serving import Act, View
from tests.running.house import PASSWORD, House
from tests.unit.web.dashboard.conftest import APPS

VIEWS = [page for page in PAGES if isinstance(page, View) and not page.once]
ONCE = [page for page in PAGES if isinstance(page, View) and page.once]
ACTS = [page for page in PAGES if isinstance(page, Act)]
_NAMES = {SHARE_VISITS: "?name=chat", KEY_LIMITS: "?name=bob"}
LIVE = [page for page in VIEWS if page.live]


def path_of(page: View | Act) -> str:
    path = page.path.format(app="hello", person="bob")
    return path + _NAMES.get(page.path, "")


@pytest.mark.parametrize("view", VIEWS, ids=path_of)
def test_a_stranger_is_led_to_sign_in_first(house: House, view: View) -> None:
    tab = house.tab()
    tab.open(path_of(view))
    assert tab.url.startswith("/-/sign-in?to=%2F-%2Fdashboard")


@pytest.mark.parametrize("view", VIEWS, ids=path_of)
def test_others_than_administrators_see_what_is_theirs(house: House, view: View) -> None:
    page = house.signed_in("bob").open(path_of(view))
    # The share is somebody else's.
    theirs = view.for_everybody and view.path != SHARE_VISITS
    assert page.status_code == (200 if theirs else 403)
    for text in ("KeyError", "Running on local URL", "kick", "/restart"):
        assert text not in page.text


@pytest.mark.parametrize("view", VIEWS, ids=path_of)
def test_pages_are_small_kept_by_nobody_and_run_our_script_alone(house: House, view: View) -> None:
    page = house.signed_in().open(path_of(view))
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    for inline in ("<style", " style=", " onclick=", "<b>"):
        assert inline not in page.text
    client = house.tab().client
    needed = re.findall(r'(?:href|src)="(/-/static/[^"]+)"', page.text)
    assert len(page.content) + sum(len(client.get(path).content) for path in needed) < 100_000


@pytest.mark.parametrize("view", VIEWS, ids=path_of)
def test_scripts_and_frames_get_no_page(house: House, view: View) -> None:
    tab = house.signed_in()
    for destination in ("empty", "iframe"):
        answer = tab.client.get(path_of(view), headers={"Sec-Fetch-Dest": destination})
        assert answer.status_code == 403
        assert "hello" not in answer.text


@pytest.mark.parametrize("act", ACTS, ids=path_of)
def test_no_form_is_taken_that_was_not_made_here(house: House, act: Act) -> None:
    tab = house.signed_in()
    for fields in ({}, {"form-token": "0" * 64}):
        sent = tab.client.post(path_of(act), data={"name": "chat", **fields})
        assert sent.status_code == 403, sent.text
    tab.open(DASHBOARD + "/apps/hello")
    ours = tab.form("/-/dashboard/apps/hello/restart")["fields"]
    headers = {"Sec-Fetch-Site": "same-site"}
    assert tab.client.post(path_of(act), data=ours, headers=headers).status_code == 403
    assert house.noted.asked == []


@pytest.mark.parametrize("view", ONCE, ids=path_of)
def test_a_secret_is_shown_to_nobody_who_did_not_make_it(house: House, view: View) -> None:
    for query in ("", "?once=x"):
        page = house.signed_in().open(path_of(view) + query)
        assert page.status_code == 410
        assert "Shown once" in page.text


@pytest.mark.parametrize("view", [view for view in VIEWS if view.fresh], ids=path_of)
def test_what_opens_accounts_asks_once_more_who_one_is(house: House, view: View) -> None:
    tab = house.signed_in()
    house.clock.now += 3600
    tab.open(path_of(view))
    assert tab.url.startswith("/-/confirm?to=%2F-%2Fdashboard")
    assert tab.says("opens or closes accounts")
    tab.submit("/-/confirm", password=PASSWORD)
    assert tab.url == path_of(view)
    assert tab.page.status_code == 200


@pytest.mark.parametrize("act", [act for act in ACTS if act.fresh], ids=path_of)
def test_forms_that_open_accounts_ask_once_more_too(house: House, act: Act) -> None:
    tab = house.signed_in()
    tab.open(DASHBOARD + "/apps/hello")
    ours = tab.form("/-/dashboard/apps/hello/restart")["fields"]
    house.clock.now += 3600
    sent = tab.client.post(path_of(act), data={**ours, "sure": "yes"})
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/-/confirm?to=%2F-%2Fdashboard")
    assert {"bob", "ada"} == {one.name for one in house.door.people.everybody()}


@pytest.mark.parametrize("act", [act for act in ACTS if act.asks], ids=path_of)
def test_what_cannot_be_undone_is_asked_about(house: House, act: Act) -> None:
    origin = NameStatus(name="d.example.org", origin=Origin.CERTBOT, fingerprint="f")
    house.certificates = CertificatesStatus(names=(origin,), mode="certbot")
    tab = house.signed_in()
    tab.open(DASHBOARD + "/apps/hello")
    ours = tab.form("/-/dashboard/apps/hello/restart")["fields"]
    fields = {"cache": "temp", "name": "d.example.org"}
    asked = tab.client.post(path_of(act), data={**ours, **fields})
    assert asked.status_code == 200
    assert f'action="{path_of(act)}"' in asked.text
    assert 'name="sure" value="yes"' in asked.text
    assert house.noted.asked == []
    assert len(house.door.people.everybody()) == 2


@pytest.mark.parametrize("act", [act for act in ACTS if not act.for_everybody], ids=path_of)
def test_others_than_administrators_can_do_nothing(house: House, act: Act) -> None:
    tab = house.signed_in("bob")
    token = tab.form("/-/account/sessions/end")["fields"]["form-token"]
    sent = tab.client.post(path_of(act), data={"form-token": token, "name": "chat", "by": "none"})
    assert sent.status_code == 403
    assert "For administrators" in sent.text
    assert house.noted.asked == []


@pytest.mark.parametrize("view", LIVE, ids=path_of)
def test_a_stream_is_for_the_page_of_an_administrator(house: House, view: View) -> None:
    tab = house.signed_in()
    page = tab.open(path_of(view)).text
    stream = re.findall(r'data-live="([^"?]+)\?token=([0-9a-f]+)', page)
    assert [path for path, _ in stream] == [f"{path_of(view)}/live"]
    path, token = stream[0]
    assert tab.client.get(path).status_code == 403
    assert house.tab().client.get(f"{path}?token={token}").status_code == 403
    assert house.signed_in("bob").client.get(f"{path}?token={token}").status_code == 403


@pytest.mark.parametrize(
    ("yaml", "origin"),
    [
        ({"auth": None}, "http://evil.example.org:8080"),
        ({"auth": None, "share": {}}, "http://chat.share.localhost:8080"),
        ({"share": {}}, "http://chat.share.localhost:8080"),
    ],
)
def test_there_is_none_where_nobody_could_be_known(
    house: House, yaml: dict[str, object], origin: str
) -> None:
    house.yaml(apps=APPS, **yaml)
    assert house.tab(origin).open(DASHBOARD).status_code == 404
