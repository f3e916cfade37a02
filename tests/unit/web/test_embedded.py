"""The window that lets a site show an app, and the cookie that follows: who may ask for them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from appliance.auth.door import Door, open_door
from appliance.auth.forward.guards import compiled
from appliance.auth.forward.visibility import Visibility
from appliance.auth.people.person import NewPerson
from appliance.auth.secrets import digest
from appliance.auth.tokens.token import Caveats, MadeToken
from appliance.config import addresses
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.web import routers
from appliance.web.pages import pages
from appliance.web.turned_away import TURNED_AWAY
from tests.running import statuses
from tests.running.clock import HASHER, Hands

BLOG, EVIL = "https://blog.example.org", "https://evil.example"
HOST = "https://team.example.org"
GRANT = "/-/apps/team/embedded"
VERIFIER = "only the document that asks knows this"
WISH = {"site": BLOG, "challenge": digest(VERIFIER).hex(), "reader": "frame"}
OURS = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document", "Accept": "text/html"}


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setattr(addresses, "_url", lambda _config, host: f"https://{host}")
    made = open_door(tmp_path, clock=Hands(), passwords=HASHER)
    made.people.create(NewPerson("ada"))
    yield made
    made.engine.dispose()


@pytest.fixture
def client(door: Door, tmp_path: Path) -> TestClient:
    team = {"source": "x", "access": "signed-in", "embed": {"origins": [BLOG]}}
    open_app = {"source": "x", "access": "public"}
    config = Config.model_validate(
        {"domain": "example.org", "auth": {}, "apps": {"team": team, "open": open_app}}
    )
    status = Status(
        config=ConfigStatus(file="appliance.yaml", state="ok"),
        text="",
        ports={},
        routes=RoutesStatus(live=True),
        host=statuses.host(statuses.live("team", "http://h:1", title="Team")),
    )
    forward = guarding.forward(door)
    forward.guards = compiled(config, TURNED_AWAY)
    seen = Visibility(forward)
    before = (
        *routers.account(door, lambda: config, tmp_path),
        *routers.embedding(door, lambda: Snapshot(config, status), seen),
    )
    app = pages(lambda: Snapshot(config, status), before, seen)
    return TestClient(app, base_url=HOST, headers=OURS, follow_redirects=False)


@pytest.fixture
def ada(door: Door) -> dict[str, str]:
    """Signed in, in a window of the app's own."""
    signed = door.sessions.start(door.people.named("ada").id, "team.example.org", ["password"])
    return {"Cookie": f"__Host-appliance-session={signed.secret}"}


def form_of(page: str) -> dict[str, str]:
    fields = re.findall(r'name="([\w-]+)" value="([^"]*)"', page)
    return dict(fields)


def code_of(client: TestClient, ada: dict[str, str]) -> str:
    fields = form_of(client.get(GRANT, params=WISH, headers=ada).text)
    page = client.post(GRANT, data=fields, headers=ada).text
    found = re.search(r'data-code="([^"]+)"', page)
    assert found, page
    return found[1]


def enter(client: TestClient, origin: str = HOST, **fields: str) -> tuple[int, str]:
    site = "same-origin" if origin == HOST else "cross-site"
    headers = {"Origin": origin, "Sec-Fetch-Site": site, "Sec-Fetch-Dest": "empty"}
    answer = client.post(f"{GRANT}/enter", data=fields, headers=headers)
    return answer.status_code, answer.headers.get("set-cookie", "")


def test_from_the_window_to_the_cookie(client: TestClient, ada: dict[str, str]) -> None:
    status, cookie = enter(client, code=code_of(client, ada), verifier=VERIFIER)
    assert status == 204
    assert cookie.startswith("__Host-appliance-embedded=")
    for words in ("HttpOnly", "Secure", "SameSite=None", "Partitioned", "Path=/"):
        assert words in cookie


def test_whoever_is_not_signed_in_does_that_first(client: TestClient) -> None:
    answer = client.get(GRANT, params=WISH)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith("https://example.org/-/hand-over?to=")


def test_clickjacking_the_window_cannot_be_framed(client: TestClient, ada: dict[str, str]) -> None:
    answer = client.get(GRANT, params=WISH, headers=ada)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert re.search(r"<button[^>]* disabled>", answer.text)
    assert BLOG in answer.text


@pytest.mark.parametrize("more", [{"site": EVIL}, {"challenge": "x"}, {"reader": "anybody"}])
def test_a_site_that_may_not_embed_it_gets_no_window(
    client: TestClient, ada: dict[str, str], more: dict[str, str]
) -> None:
    answer = client.get(GRANT, params={**WISH, **more}, headers=ada)
    assert answer.status_code == 403
    assert "form-token" not in answer.text


def test_csrf_the_form_is_for_this_session_and_this_wish(
    client: TestClient, ada: dict[str, str]
) -> None:
    fields = form_of(client.get(GRANT, params=WISH, headers=ada).text)
    forged = {**fields, "challenge": digest("the attacker's").hex()}
    assert client.post(GRANT, data=forged, headers=ada).status_code == 403
    assert client.post(GRANT, data={**fields, "form-token": ""}, headers=ada).status_code == 403
    elsewhere = {**ada, "Origin": EVIL, "Sec-Fetch-Site": "cross-site"}
    answer = client.post(GRANT, data=fields, headers=elsewhere)
    assert answer.status_code in {401, 403}
    assert "data-code" not in answer.text


def test_code_injection_a_code_without_its_verifier_is_nothing(
    client: TestClient, ada: dict[str, str]
) -> None:
    assert enter(client, code=code_of(client, ada), verifier="the victim's") == (401, "")


def test_login_csrf_no_other_site_signs_a_visitor_in(
    client: TestClient, ada: dict[str, str]
) -> None:
    code = code_of(client, ada)
    assert enter(client, EVIL, code=code, verifier=VERIFIER) == (403, "")


def test_a_session_made_with_a_token_grants_nothing(client: TestClient, door: Door) -> None:
    person = door.people.named("ada").id
    token = door.tokens.create(person, "x", Caveats()).token
    signed = door.sessions.start(person, "team.example.org", ["token"], token=token.id)
    cookie = {"Cookie": f"__Host-appliance-session={signed.secret}"}
    assert client.get(GRANT, params=WISH, headers=cookie).status_code == 403


def test_a_token_opens_its_app_on_its_site(client: TestClient, door: Door) -> None:
    person = door.people.named("ada").id
    good = door.tokens.create(person, "x", Caveats(apps=("team",), origin=BLOG)).secret
    other = door.tokens.create(person, "x", Caveats(apps=("team",))).secret
    assert enter(client, BLOG, token=good)[0] == 204
    assert enter(client, BLOG, token=other) == (401, "")
    assert enter(client, EVIL, token=good) == (403, "")
    frame = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}
    asked = {"token": good, "theme": "dark"}
    answer = client.get(f"{GRANT}/enter", params=asked, headers=frame)
    assert answer.headers["location"] == f"{HOST}/?__theme=dark"
    assert good in answer.headers["set-cookie"]
    for more in ({"Referer": f"{EVIL}/"}, {"Sec-Fetch-Dest": "document"}):
        answer = client.get(f"{GRANT}/enter", params=asked, headers={**frame, **more})
        assert (answer.status_code, "set-cookie" in answer.headers) == (303, False)


def test_the_script_is_the_same_for_every_name(client: TestClient) -> None:
    known, unknown = (client.get(f"/-/apps/{name}/gradio.js") for name in ("team", "none"))
    assert known.content == unknown.content
    assert "export async function signIn" in known.text


def test_a_picture_is_seen_by_whoever_has_its_address(
    client: TestClient, ada: dict[str, str]
) -> None:
    page = client.get("/-/apps/team/embed", headers=ada).text
    found = re.search(r"badge\.svg\?key=(\w{32})", page)
    assert found
    badge = "/-/apps/team/badge.svg"
    assert "Team: live" in client.get(badge, params={"key": found[1]}).text
    assert client.get(badge, params={"key": "0" * 32}).status_code == 404
    assert client.get(badge).status_code == 404


def test_a_token_stands_in_the_lines_once_and_for_its_owner(
    client: TestClient, door: Door, ada: dict[str, str]
) -> None:
    ids = {"ada": door.people.named("ada").id, "nobody": 999}
    mine = door.made.put(MadeToken(ids["ada"], "team", "gat_mine"))
    theirs = door.made.put(MadeToken(ids["nobody"], "team", "gat_theirs"))
    code = "/-/apps/team/code"
    assert "gat_theirs" not in client.get(code, params={"made": theirs}, headers=ada).text
    assert 'data-token="gat_mine"' in client.get(code, params={"made": mine}, headers=ada).text
    again = client.get(code, params={"made": mine}, headers=ada).text
    assert "gat_mine" not in again
    assert "https://example.org/-/account/tokens/new?label=Code+for+team&amp;app=team" in again
