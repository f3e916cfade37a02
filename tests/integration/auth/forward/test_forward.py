"""What ForwardAuth lets through, and what apps learn from it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from appliance.auth.tokens.token import Use
from appliance.config.schema import Config
from tests.integration.auth.conftest import PASSWORD, TEAM, Front, echoed
from tests.running import http, statuses
from tests.running.tab import forms

NAVIGATION = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


def test_a_public_app_is_open_and_knows_its_visitors(local: Front) -> None:
    anonymous = echoed(local.ask("/open/"))
    assert "x-appliance-identity" not in anonymous
    known = echoed(local.ask("/open/", headers=local.session()))
    assert local.claims(known["x-appliance-identity"], "open")["sub"] == "ada"
    assert "cookie" not in known


def test_an_app_for_a_group_takes_its_members_alone(local: Front) -> None:
    headers = echoed(local.ask("/team/page", headers=local.session("ada")))
    claims = local.claims(headers["x-appliance-identity"], "team")
    assert (claims["name"], claims["email"], claims["groups"]) == (
        "Ada L.",
        "ada@example.org",
        ["lab"],
    )
    assert claims["exp"] - claims["iat"] == 60
    assert headers["remote-user"] == "ada"
    assert headers["remote-groups"] == "lab"
    refused = local.ask("/team/page", headers=local.session("bob"))
    assert refused.status_code == 403
    assert refused.json() == {"detail": "This app is for other people."}
    page = local.ask("/team/page", headers={**local.session("bob"), **NAVIGATION})
    assert page.status_code == 403
    assert "this app is for other people" in page.text


def test_a_program_is_told_in_the_words_of_gradios_clients(local: Front) -> None:
    for path in ("/team/config", "/anyone/gradio_api/queue/join", "/team/gradio_api/mcp/"):
        answer = local.ask(path, headers={"Accept": "*/*"})
        assert answer.status_code == 401
        assert set(answer.json()["detail"]) == {"error", "auth_message"}


def test_a_browser_is_sent_to_sign_in_and_back_to_the_very_page(local: Front) -> None:
    answer = local.ask("/team/page?a=1&b=%2F", headers=NAVIGATION)
    assert answer.status_code == 302
    where = urlsplit(answer.headers["location"])
    assert (where.netloc, where.path) == (local.local_host, "/-/sign-in")
    assert parse_qs(where.query) == {"to": ["/team/page?a=1&b=%2F"]}
    assert answer.headers["cache-control"] == "no-store"


def test_a_script_in_a_page_is_not_sent_anywhere(local: Front) -> None:
    fetched = {"Accept": "text/html", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    assert local.ask("/team/", headers=fetched).status_code == 401
    assert local.ask("/team/", "POST", headers=NAVIGATION).status_code == 401


@pytest.mark.parametrize("header", ["Authorization", "X-HF-Authorization"])
def test_a_token_opens_the_app_and_stays_at_the_door(local: Front, header: str) -> None:
    headers = echoed(local.ask("/team/config", headers={header: f"Bearer {local.token()}"}))
    assert headers["remote-user"] == "ada"
    assert not {"authorization", "x-hf-authorization"} & headers.keys()


def test_credentials_for_the_app_itself_reach_it(local: Front) -> None:
    sent = {**local.session(), "Authorization": "Bearer abc"}
    sent["Cookie"] += "; theme=dark; appliance-browser=b; appliance_team=replica"
    headers = echoed(local.ask("/team/", headers=sent))
    assert headers["authorization"] == "Bearer abc"
    assert headers["cookie"] == "theme=dark; appliance_team=replica"


def test_a_token_saved_for_somebody_else_is_kept_from_the_app(local: Front) -> None:
    sent = {"Authorization": "Bearer hf_abc", "X-HF-Authorization": "Bearer hf_abc"}
    assert not sent.keys() & {n.title() for n in echoed(local.ask("/open/", headers=sent))}


def test_a_limited_token_reaches_what_it_is_for(local: Front) -> None:
    def status(path: str, **caveats: object) -> int:
        bearer = {"Authorization": f"Bearer {local.token(**caveats)}"}
        return local.ask(path, headers=bearer).status_code

    assert status("/team/gradio_api/call/f", uses=(Use.PREDICT,)) == 200
    assert status("/team/gradio_api/upload", uses=(Use.PREDICT,)) == 401
    assert status("/team/admin", uses=(Use.PREDICT, Use.UPLOAD)) == 401
    assert status("/team/", apps=("anyone",)) == 401
    assert status("/anyone/", apps=("anyone",)) == 200
    assert status("/team/", networks=("127.0.0.0/8",)) == 200
    assert status("/team/", networks=("10.0.0.0/8",)) == 401


def test_ending_something_is_felt_at_the_next_request(local: Front) -> None:
    door, ada = local.door, local.door.people.named("ada")
    cookie, bearer = local.session(), {"Authorization": f"Bearer {local.token()}"}
    assert local.ask("/team/", headers=bearer).status_code == 200
    door.tokens.revoke_all(ada.id)
    assert local.ask("/team/", headers=bearer).status_code == 401
    assert local.ask("/team/", headers=cookie).status_code == 200
    door.sessions.end_all(ada.id)
    assert local.ask("/team/", headers=cookie).status_code == 401


def test_what_streams_when_a_session_ends_ends_by_itself_and_nothing_new_begins(
    local: Front,
) -> None:
    """What was let in goes on (docs/security.md); whatever its page asks for next is refused."""
    headers = {"Host": local.local_host, **local.session()}
    TEAM.go.clear()
    with http.stream("GET", f"{local.proxy.local}/team/events", headers=headers) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: first"
        local.door.sessions.end_all(local.door.people.named("ada").id)
        assert local.ask("/team/run", "POST", headers=headers).status_code == 401
        assert local.ask("/team/events", headers=headers).status_code == 401
        TEAM.go.set()
        assert "data: second" in list(lines)


def test_a_preflight_needs_nobody_and_any_other_options_does(local: Front) -> None:
    preflight = {"Origin": "https://blog.example.org", "Access-Control-Request-Method": "POST"}
    headers = echoed(local.ask("/team/", "OPTIONS", headers={**preflight, **local.session()}))
    assert not {"cookie", "remote-user", "x-appliance-identity"} & headers.keys()
    assert local.ask("/team/", "OPTIONS").status_code == 401


def test_events_stream_and_uploads_pass(local: Front) -> None:
    headers = {"Host": local.local_host, **local.session()}
    TEAM.go.clear()
    with http.stream("GET", f"{local.proxy.local}/team/events", headers=headers) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "data: first"
        TEAM.go.set()
        assert "data: second" in list(lines)
    large = local.ask("/team/upload", "POST", headers=local.session(), content=bytes(3_000_000))
    assert large.json() == {"received": 3_000_000}


def test_programs_sign_in_and_out_where_gradios_clients_do(local: Front) -> None:
    good = {"username": "Ada", "password": PASSWORD}
    answer = local.ask("/team/login", "POST", data=good)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(
        r"appliance-session=[\w-]{43}; Path=/; HttpOnly; Max-Age=2592000; SameSite=Lax", cookie
    )
    signed_in = {"Cookie": cookie.split(";")[0]}
    assert local.ask("/team/", headers=signed_in).status_code == 200
    out = local.ask("/team/logout", headers=signed_in)
    assert (out.status_code, out.headers["location"]) == (303, "/team/")
    assert local.ask("/team/", headers=signed_in).status_code == 401


def test_a_token_is_a_password_too(local: Front) -> None:
    form = {"username": "ada", "password": local.token(apps=("team",))}
    answer = local.ask("/team/login", "POST", files={key: (None, form[key]) for key in form})
    signed_in = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
    assert local.ask("/team/", headers=signed_in).status_code == 200
    # The session is worth no more than the token was.
    assert local.ask("/anyone/", headers=signed_in).status_code == 401
    local.door.tokens.revoke_all(local.door.people.named("ada").id)
    assert local.ask("/team/", headers=signed_in).status_code == 401


def test_a_wrong_password_is_401_and_many_are_429(local: Front) -> None:
    form = {"username": "nobody-knows", "password": "wrong password"}
    answers = [local.ask("/team/login", "POST", data=form) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 800
    local.door.throttle.forgive("nobody-knows")


def test_a_script_may_keep_its_own_login_behind_ours(local: Front) -> None:
    form = {"username": "x", "password": "y"}
    assert local.ask("/own/login", "POST", data=form).status_code == 401
    through = local.ask("/own/login", "POST", data=form, headers=local.session())
    assert through.json()["path"] == "/own/login"


def test_signing_in_is_handed_to_the_hosts_of_apps(public: Front) -> None:
    app, domain = "team.demos.example.org", "demos.example.org"
    asked = public.ask_host(app, "/page?x=1", headers=NAVIGATION)
    assert asked.status_code == 302
    where = urlsplit(asked.headers["location"])
    assert (where.netloc, where.path) == (domain, "/-/hand-over")
    browser = asked.headers["set-cookie"].split(";")[0]
    target = f"{where.path}?{where.query}"
    sent = public.ask_host(domain, target)
    assert sent.headers["location"].startswith("/-/sign-in?to=%2F-%2Fhand-over%3F")

    handed = public.ask_host(domain, target, headers=public.session(host=domain))
    entry = urlsplit(handed.headers["location"])
    assert (entry.netloc, entry.path) == (app, "/-/enter")
    entry_path = f"{entry.path}?{entry.query}"
    entered = public.ask_host(app, entry_path, headers={"Cookie": browser})
    assert entered.headers["location"] == f"http://{app}/page?x=1"
    cookie = {"Cookie": entered.headers["set-cookie"].split(";")[0]}
    assert echoed(public.ask_host(app, "/page", headers=cookie))["remote-user"] == "ada"
    # Good once, and on that host alone.
    assert public.ask_host(app, entry_path, headers={"Cookie": browser}).status_code == 400
    assert public.ask_host("anyone.demos.example.org", "/", headers=cookie).status_code == 401


def test_a_code_is_good_in_the_browser_that_began(public: Front) -> None:
    app, domain = "team.demos.example.org", "demos.example.org"
    asked = public.ask_host(app, "/", headers=NAVIGATION)
    where = urlsplit(asked.headers["location"])
    session = public.session(host=domain)
    handed = public.ask_host(domain, f"{where.path}?{where.query}", headers=session)
    entry = urlsplit(handed.headers["location"])
    other = {"Cookie": "appliance-browser=another"}
    answer = public.ask_host(app, f"{entry.path}?{entry.query}", headers=other)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_signing_out_ends_it_on_every_host(public: Front) -> None:
    ada = public.door.people.named("ada").id
    at_domain = public.door.sessions.start(ada, "demos.example.org", ["password"])
    at_app = public.door.sessions.hand_over(at_domain.session, "team.demos.example.org")
    cookie = {"Cookie": f"appliance-session={at_app.secret}"}
    assert public.ask_host("team.demos.example.org", "/", headers=cookie).status_code == 200
    public.ask_host("team.demos.example.org", "/logout", headers=cookie)
    assert public.door.sessions.find(at_domain.secret, "demos.example.org") is None


def test_from_any_app_one_signs_out_everywhere_if_one_asks_for_it(public: Front) -> None:
    app, domain = "team.demos.example.org", "demos.example.org"
    ada = public.door.people.named("ada").id

    def signed_in() -> tuple[dict[str, str], dict[str, str]]:
        first = public.door.sessions.start(ada, domain, ["password"])
        at_app = public.door.sessions.hand_over(first.session, app)
        return tuple({"Cookie": f"appliance-session={one.secret}"} for one in (first, at_app))

    (_, phone), (at_domain, at_app) = signed_in(), signed_in()
    # What an app can do by itself ends what was begun in this browser, no more.
    for path in ("/logout", "/logout?everywhere=yes"):
        out = public.ask_host(app, path, headers={**at_app, **NAVIGATION})
        assert out.headers["location"] == f"http://{app}/"
    again = public.ask_host(app, "/", headers={**at_app, **NAVIGATION})
    assert again.headers["location"].startswith(f"http://{domain}/-/hand-over?")
    assert public.ask_host(app, "/", headers=phone).status_code == 200
    at_domain, at_app = signed_in()
    led = public.ask_host(app, "/-/sign-out", headers={**at_app, **NAVIGATION})
    assert led.headers["location"] == f"http://{domain}/-/sign-out"
    page = public.ask_host(domain, "/-/sign-out", headers={**at_domain, **NAVIGATION})
    assert "Sign out everywhere" in page.text
    browser = page.headers["set-cookie"].split(";")[0]
    [form] = forms(page.text)
    sent = {**form["fields"], "everywhere": "yes"}
    headers = {"Cookie": f"{at_domain['Cookie']}; {browser}", **NAVIGATION}
    done = public.ask_host(domain, form["action"], "POST", headers=headers, data=sent)
    assert done.headers["location"] == "/-/signed-out"
    for cookie in (at_app, phone):
        assert public.ask_host(app, "/", headers=cookie).status_code == 401


def test_of_a_public_app_too_one_signs_out(local: Front) -> None:
    cookie = local.session()
    out = local.ask("/open/logout", headers=cookie)
    assert (out.status_code, out.headers["location"]) == (303, "/open/")
    assert local.ask("/team/", headers=cookie).status_code == 401
    # Whoever has not signed in with us signs out of the app, if it has a form of its own.
    assert local.ask("/open/logout", headers={"Cookie": "session=1"}).status_code == 200


def test_decisions_are_counted(local: Front) -> None:
    stats = local.door.stats
    before = stats.decisions.copy(), sum(stats.buckets)
    local.ask("/open/")
    local.ask("/team/", headers=local.session())
    local.ask("/team/")
    new = stats.decisions - before[0]
    assert new == {"anonymous": 1, "allowed": 1, "sign-in": 1}
    assert sum(stats.buckets) - before[1] == 3


def test_our_own_pages_tell_of_apps_what_their_visitor_may_see(local: Front) -> None:
    def listed(headers: dict[str, str]) -> set[str]:
        return {app["name"] for app in local.ask("/", headers=headers).json()["apps"]}

    assert listed({}) == {"open"}
    assert listed(local.session("bob")) == {"open", "anyone", "own"}
    assert listed(local.session("ada")) == {"open", "team", "anyone", "own"}


def test_an_app_that_is_starting_is_nobodys_business_either(front: Front) -> None:
    apps = {"secret-plan": {"source": "x", "access": "signed-in"}}
    starting = statuses.host(statuses.starting("secret-plan"))
    front.serve(Config.model_validate({"auth": {}, "apps": apps}), starting)
    assert front.ask("/secret-plan/").status_code == 401
    sent = front.ask("/secret-plan/?x=1", headers=NAVIGATION)
    assert sent.headers["location"].endswith("/-/sign-in?to=%2Fsecret-plan%2F%3Fx%3D1")
    assert front.ask("/secret-plan/", headers=front.session()).status_code == 503


def test_a_page_elsewhere_signs_nobody_out(local: Front) -> None:
    cookie = local.session()
    for site in ("cross-site", "same-site"):
        local.ask("/team/logout", headers={**cookie, "Sec-Fetch-Site": site})
    assert local.ask("/team/", headers=cookie).status_code == 200


def test_links_to_shares_are_for_those_who_may_view_them(public: Front) -> None:
    link, domain = "abc123.share.demos.example.org", "demos.example.org"
    assert public.ask_host(link, "/").status_code == 401
    assert public.ask_host(link, "/", headers=public.session("bob", link)).status_code == 403
    asked = public.ask_host(link, "/page?x=1", headers=NAVIGATION)
    where = urlsplit(asked.headers["location"])
    session = public.session("ada", domain)
    handed = public.ask_host(domain, f"{where.path}?{where.query}", headers=session)
    entry = urlsplit(handed.headers["location"])
    assert entry.netloc == link
    browser = {"Cookie": asked.headers["set-cookie"].split(";")[0]}
    entered = public.ask_host(link, f"{entry.path}?{entry.query}", headers=browser)
    assert entered.headers["location"] == f"http://{link}/page?x=1"
    cookie = {"Cookie": entered.headers["set-cookie"].split(";")[0]}
    seen = public.ask_host(link, "/page?x=1", headers=cookie)
    assert seen.json()["name"] == "shared"
    assert "cookie" not in echoed(seen)
