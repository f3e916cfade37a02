"""Ways in that other proxies have left open, each tried on ours through a real Traefik.

Names in brackets are advisories about the products that had the hole.
"""

import socket
from urllib.parse import quote, urlsplit

import pytest

from appliance.auth.audit import Audit
from appliance.auth.door import open_door
from appliance.auth.failures import InvalidPersonError, WrongCredentialsError
from appliance.auth.people.person import Change, NewPerson
from appliance.auth.tokens.token import Use
from appliance.config.schema import Config
from appliance.proxy.routes import routes
from tests.integration.auth.conftest import (
    APPS,
    PASSWORD,
    Front,
    echoed,
    running,
)
from tests.running import http
from tests.running.clock import HASHER

CLOSED = "/team/page"
IDENTITY = {"remote-user", "remote-name", "remote-email", "remote-groups", "x-appliance-identity"}


def raw(front: Front, text: str) -> bytes:
    """All that is answered to bytes that no HTTP library would send; they end the connection."""
    host, _, port = front.proxy.local.removeprefix("http://").rpartition(":")
    answer = bytearray()
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(text.replace("HOST", front.local_host).encode("latin-1"))
        while data := connection.recv(65536):
            answer += data
    return bytes(answer)


def status_of(front: Front, target: str, *lines: str, method: str = "GET") -> int:
    """The status of a request whose target is sent exactly as it is written here."""
    headers = "".join(f"{line}\r\n" for line in lines)
    text = f"{method} {target} HTTP/1.1\r\nHost: HOST\r\n{headers}Connection: close\r\n\r\n"
    return int(raw(front, text).split(b" ", 2)[1])


def reached(front: Front, target: str, *lines: str) -> bool:
    """Whether the closed app saw a request."""
    headers = "".join(f"{line}\r\n" for line in lines)
    text = f"GET {target} HTTP/1.1\r\nHost: HOST\r\n{headers}Connection: close\r\n\r\n"
    answer = raw(front, text)
    return b'"name": "team"' in answer


def test_the_right_key_does_open_it(local: Front) -> None:
    """Without this, what follows would prove nothing."""
    assert reached(local, CLOSED, f"Cookie: {local.session()['Cookie']}")
    assert reached(local, CLOSED, f"Authorization: Bearer {local.token()}")
    limited = f"Authorization: Bearer {local.token(uses=(Use.PREDICT,))}"
    assert reached(local, "/team/gradio_api/call/f", limited)


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Original-Uri"]
)
def test_a_claimed_uri_makes_no_closed_path_public(local: Front, header: str) -> None:
    """[GHSA-7x63-xv5r-3p2x]."""
    for claimed in ("/open/", "/login", "/-/static/style.css"):
        assert local.ask(CLOSED, headers={header: claimed}).status_code == 401


def test_a_claimed_method_is_no_preflight(local: Front) -> None:
    claims = {
        "X-Forwarded-Method": "OPTIONS",
        "X-HTTP-Method-Override": "OPTIONS",
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
    }
    assert local.ask(CLOSED, headers=claims).status_code == 401


def test_a_claimed_host_leads_nobody_away(local: Front) -> None:
    claims = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Accept": "text/html",
    }
    where = urlsplit(local.ask(CLOSED, headers=claims).headers["location"])
    assert (where.scheme, where.netloc) == ("http", local.local_host)


@pytest.mark.parametrize("agent", ["GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0"])
def test_no_user_agent_is_let_in(local: Front, agent: str) -> None:
    """[GHSA-5hvv-m4w4-gf6v]."""
    assert local.ask(CLOSED, headers={"User-Agent": agent}).status_code == 401


def test_a_fragment_hides_no_path(local: Front) -> None:
    """[GHSA-pxq7-h93f-9jrg]."""
    for target in ("/team/page#/open/", "/team/%23/open/", "/open/#/../team/", "/team#open"):
        assert not reached(local, target)
    limited = f"Authorization: Bearer {local.token(uses=(Use.PREDICT,))}"
    assert not reached(local, "/team/admin#/gradio_api/call/f", limited)
    assert not reached(local, "/team/admin%23/gradio_api/call/f", limited)
    # The app is shown `%2F` as a slash.
    assert not reached(local, "/team/gradio_api/call/..%2F..%2fadmin", limited)


@pytest.mark.parametrize("email", ["ada", "a@b@c", "a b@c.org", "a@c.org,b@c.org", "a@\n.org"])
def test_what_is_no_address_becomes_nobodys(local: Front, email: str) -> None:
    """[GHSA-c5c4-8r6x-56w3]."""
    with pytest.raises(InvalidPersonError):
        local.door.people.create(NewPerson("eve", email=email, email_verified=True))
    assert local.door.people.by_name("eve") is None


def test_signing_in_replaces_the_session_that_was_there(local: Front) -> None:
    """[GHSA-f24x-5g9q-753f]."""
    before = local.session("bob")
    form = {"username": "ada", "password": PASSWORD}
    planted = {"Cookie": "appliance-session=planted-by-somebody-else"}
    for cookie in (before, planted):
        answer = local.ask("/team/login", "POST", data=form, headers=cookie)
        new = answer.headers["set-cookie"].split(";")[0]
        assert new not in (before["Cookie"], planted["Cookie"])
        assert local.ask("/anyone/", headers=cookie).status_code == 401
        assert local.ask("/anyone/", headers={"Cookie": new}).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "Remote-User",
        "REMOTE-USER",
        "Remote_User",
        "remote.user",
        "Remote_Groups",
        "X-Appliance-Identity",
        "X_Appliance_Identity",
        "x.appliance.identity",
        "X-Forwarded-User",
        "X_Auth_Request_User",
    ],
)
def test_no_spelling_of_an_identity_header_comes_through(local: Front, name: str) -> None:
    """[CVE-2025-64484, GHSA-x677-9fxg-v5c5]."""
    anonymous = echoed(local.ask("/open/", headers={name: "root"}))
    assert "root" not in anonymous.values()
    known = echoed(local.ask("/team/", headers={name: "root", **local.session()}))
    assert "root" not in known.values()
    assert known["remote-user"] == "ada"
    assert local.ask(CLOSED, headers={name: "ada"}).status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Forwarded-Prefix", "/open"),
        ("Forwarded", 'for=127.0.0.1;host=localhost;proto=https;by="/open"'),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Real-Ip", "127.0.0.1"),
    ],
)
def test_claims_of_a_proxy_open_nothing_and_end_here(local: Front, name: str, value: str) -> None:
    """[CVE-2026-35051, traefik 12657]."""
    assert local.ask(CLOSED, headers={name: value}).status_code == 401
    headers = echoed(local.ask("/open/", headers={name: value.replace("127.0.0.1", "6.6.6.6")}))
    assert not any("6.6.6.6" in seen for seen in headers.values())
    assert "x-forwarded-prefix" not in headers
    assert "forwarded" not in headers


def test_a_claimed_address_is_not_where_a_token_is_used_from(local: Front) -> None:
    bearer = f"Bearer {local.token(networks=('10.0.0.0/8',))}"
    claims = {"X-Forwarded-For": "10.0.0.1", "X-Real-Ip": "10.0.0.1", "Authorization": bearer}
    assert local.ask(CLOSED, headers=claims).status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "/%74eam/page",
        "/team%2fpage",
        "/open/../team/page",
        "/open/%2e%2e/team/page",
        "/open/..%2fteam/page",
        "/open%2f..%2fteam/page",
        "//team/page",
        "/./team/page",
        "/team;x/page",
        "/team%00/page",
        "/open/..\\team/page",
        "/team%5cpage",
        "/-/../team/page",
        "/-/%2e%2e/team/page",
        "http://localhost/team/page",
        "http://evil.example/team/page",
    ],
)
def test_no_spelling_of_a_path_goes_round_the_guard(local: Front, target: str) -> None:
    """[CVE-2025-66490]."""
    assert not reached(local, target)


def test_login_paths_are_open_only_as_they_are_written(local: Front) -> None:
    for method, target in [
        ("GET", "/team/login"),
        ("POST", "/team/login/"),
        ("POST", "/team/x/login"),
        ("POST", "/team/login/../page"),
        ("POST", "/team/%6cogin"),
        ("POST", "/team/logout"),
    ]:
        answer = status_of(local, target, "Content-Length: 0", method=method)
        assert answer in (401, 404), target
    assert status_of(local, "/team/login;x", "Content-Length: 0", method="POST") in (401, 404)


@pytest.mark.parametrize("domain", [None, "demos.example.org"])
def test_every_way_to_an_app_is_guarded(domain: str | None) -> None:
    """[coolify 9913]: a router for plain HTTP lacked what the other one had."""
    head = {"domain": domain, "share": {}} if domain else {"share": {}}
    config = Config.model_validate({**head, "auth": {}, "apps": APPS})
    urls = [f"http://control:{port}" for port in (8000, 8001, 8002)]
    model = routes(config, running(), *urls)
    to_apps = [router for router in model.routers if router.service.startswith("app-")]
    assert len(to_apps) == len(APPS)
    for router in to_apps:
        name = router.service.removeprefix("app-")
        assert router.middlewares[:2] == ("visitor-claims", f"identity-{name}")
    [links] = [router for router in model.routers if router.service == "shares"]
    assert links.middlewares[:2] == ("visitor-claims", "viewers-of-shares")


def test_a_mode_that_is_off_leads_nowhere(local: Front) -> None:
    host = {"Host": local.local_host}
    assert http.get(local.proxy.http + CLOSED, headers=host).status_code == 404


def test_giant_names_fill_neither_log_nor_memory(local: Front) -> None:
    """[CVE-2026-54338]."""
    giant = {"username": "x" * 60_000, "password": "y"}
    assert local.ask("/team/login", "POST", data=giant).status_code == 401
    beyond = {"username": "x" * 70_000, "password": "y"}
    assert local.ask("/team/login", "POST", data=beyond).status_code == 413
    audit: Audit = local.door.audit
    [event] = audit.read(kind="sign-in.failed", most=1)
    assert len(str(event.as_json())) < 1000
    assert "xxxx" not in str(event)


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "http://team.demos.example.org.evil.example/",
        "http://team.demos.example.org@evil.example/",
        "http://team.demos.example.org:81/",
        "http://evil.example\\@team.demos.example.org/",
        "javascript:alert(1)//team.demos.example.org",
        "http://team.demos.example.org\r\nSet-Cookie: a=b",
    ],
)
def test_signing_in_ends_at_no_foreign_place(public: Front, to: str) -> None:
    """[CVE-2026-33709]."""
    session = public.session(host="demos.example.org")
    path = f"/-/hand-over?to={quote(to, safe='')}&browser={'a' * 64}"
    answer = public.ask_host("demos.example.org", path, headers=session)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_code_is_issued_on_the_sign_in_host_alone(public: Front) -> None:
    app = "team.demos.example.org"
    path = f"/-/hand-over?to=http%3A%2F%2Fanyone.demos.example.org%2F&browser={'a' * 64}"
    answer = public.ask_host(app, path, headers=public.session(host=app))
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://open.demos.example.org", "null"]
)
def test_a_page_of_another_origin_does_not_act_for_its_visitor(public: Front, origin: str) -> None:
    """[CVE-2026-40864] Other apps of the domain are the same site to a browser."""
    app = "team.demos.example.org"
    headers = {**public.session(host=app), "Origin": origin}
    assert public.ask_host(app, "/run", "POST", headers=headers).status_code == 401
    own = {**headers, "Origin": f"http://{app}"}
    assert public.ask_host(app, "/run", "POST", headers=own).status_code == 200


def test_a_page_of_another_origin_signs_nobody_in(local: Front) -> None:
    form = {"username": "ada", "password": PASSWORD}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        answer = local.ask("/team/login", "POST", data=form, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def test_a_new_appliance_has_no_account_to_guess(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Weak bootstrap: seeds from the clock, known first passwords."""
    doors = [open_door(tmp_path_factory.mktemp("new"), passwords=HASHER) for _ in range(2)]
    assert doors[0].keys.public_pem != doors[1].keys.public_pem
    for name in ("admin", "root", "user"):
        with pytest.raises(WrongCredentialsError):
            doors[0].signing_in.password(name, "admin", "10.0.0.1")
    assert doors[0].people.everybody() == ()
    assert len(doors[0].links.setup()) >= 43


def test_an_identity_cannot_be_stripped_on_the_way_to_become_another(local: Front) -> None:
    """`Connection` names headers that a proxy removes; removing ours must gain nothing."""
    session = local.session()["Cookie"]
    names = "Remote-User, X-Appliance-Identity, Cookie, X-Forwarded-Host"
    text = (
        f"GET {CLOSED} HTTP/1.1\r\nHost: HOST\r\nCookie: {session}\r\nRemote-User: root\r\n"
        f"Connection: close, {names}\r\n\r\n"
    )
    answer = raw(local, text)
    assert b"root" not in answer
    assert b"HTTP/1.1 200" in answer or b"HTTP/1.1 401" in answer


def test_two_of_a_credential_are_none(local: Front) -> None:
    good = local.session()["Cookie"]
    assert not reached(local, CLOSED, f"Cookie: {good}; appliance-session=planted")
    assert not reached(local, CLOSED, "Cookie: appliance-session=planted", f"Cookie: {good}")
    bearer = f"Authorization: Bearer {local.token()}"
    assert not reached(local, CLOSED, bearer, "Authorization: Bearer gat_planted")


def test_a_websocket_needs_a_visitor_and_the_apps_own_page(local: Front) -> None:
    handshake = (
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    assert status_of(local, CLOSED, *handshake) == 401
    cookie = f"Cookie: {local.session()['Cookie']}"
    foreign = (*handshake, cookie, "Origin: https://evil.example")
    assert status_of(local, CLOSED, *foreign) == 401


def test_forward_auth_itself_is_out_of_reach(local: Front) -> None:
    for path in ("/app/team", "/app/team/", "/-/app/team"):
        assert local.ask(path, headers=local.session()).status_code == 404


def test_a_body_ends_up_in_no_other_request(local: Front) -> None:
    """Request smuggling: two lengths, or a length and chunks."""
    inner = f"GET {CLOSED} HTTP/1.1\r\nHost: HOST\r\nRemote-User: root\r\n\r\n"
    length = len(inner)
    for lines in (
        f"Content-Length: 0\r\nContent-Length: {length}\r\n",
        f"Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ):
        last = "GET /open/ HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"
        answer = raw(local, f"POST /open/ HTTP/1.1\r\nHost: HOST\r\n{lines}\r\n{inner}{last}")
        assert b'"name": "team"' not in answer


def test_a_disabled_person_is_out_at_once(local: Front) -> None:
    cookie, bearer = local.session("bob"), {"Authorization": f"Bearer {local.token('bob')}"}
    assert local.ask("/anyone/", headers=cookie).status_code == 200
    local.door.people.change("bob", Change(disabled=True))
    try:
        assert local.ask("/anyone/", headers=cookie).status_code == 401
        assert local.ask("/anyone/", headers=bearer).status_code == 401
    finally:
        local.door.people.change("bob", Change(disabled=False))


def test_without_forward_auth_nobody_gets_in(local: Front) -> None:
    """Whatever happens to the control process, it opens no door."""
    away = routes(local.config, local.host, local.pages_url, "http://127.0.0.1:9")
    local.proxy.apply(away)
    try:
        assert local.ask(CLOSED, headers=local.session()).status_code >= 500
        assert local.ask("/open/").status_code >= 500
    finally:
        local.proxy.apply(routes(local.config, local.host, local.pages_url, local.forward_url))
    assert local.ask(CLOSED, headers=local.session()).status_code == 200
