"""Requests that no ordinary client sends, bent to get past the door of a real Traefik."""

import json
import socket
import subprocess
from base64 import b64encode
from urllib.parse import urlsplit

import pytest

from appliance.auth.tokens.token import Use
from tests.integration.auth.conftest import PASSWORD, Front, echoed
from tests.running.process import PATIENCE

TEAM, OPEN = "team.demos.example.org", "open.demos.example.org"
SEEN = b'"name": "team"'
"""In whatever the closed app answers."""


def raw(url: str, text: str) -> bytes:
    """All that is answered to exactly these bytes; an end or a reset ends it."""
    parts = urlsplit(url)
    answer = bytearray()
    with socket.create_connection((parts.hostname or "", parts.port or 0), 60) as connection:
        connection.sendall(text.encode("latin-1"))
        try:
            while data := connection.recv(65536):
                answer += data
        except ConnectionResetError:
            pass  # what has come until then is the answer
    return bytes(answer)


def get(target: str, *lines: str, method: str = "GET", version: str = "1.1") -> str:
    head = "".join(f"{line}\r\n" for line in (*lines, "Connection: close"))
    return f"{method} {target} HTTP/{version}\r\n{head}\r\n"


@pytest.mark.parametrize(
    "host",
    [
        TEAM,
        "TEAM.Demos.Example.ORG",
        f"{TEAM}.",
        f"{TEAM}:80",
        f"{TEAM}:8080",
        f"{TEAM}.:80",
        f"{TEAM}:",
        f"ada@{TEAM}",
        f"{OPEN}@{TEAM}",
        f"{TEAM}@{OPEN}",
        f"{TEAM}/",
        f"{TEAM},{OPEN}",
        f" {TEAM} ",
        f"{TEAM}%00.{OPEN}",
        f"{OPEN}#{TEAM}",
        "[::1]",
        "[::ffff:127.0.0.1]:80",
        "127.0.0.1",
        "localhost",
        "",
    ],
)
def test_no_spelling_of_a_host_goes_round_the_guard(public: Front, host: str) -> None:
    assert SEEN not in raw(public.proxy.http, get("/page", f"Host: {host}"))
    # A visitor of another app does not become one of this app either.
    cookie = f"Cookie: {public.session(host=OPEN)['Cookie']}"
    assert SEEN not in raw(public.proxy.http, get("/page", f"Host: {host}", cookie))


@pytest.mark.parametrize("host", ["TEAM.Demos.Example.ORG", f"{TEAM}.", f"{TEAM}:80"])
def test_a_visitor_may_spell_the_host_as_he_likes(public: Front, host: str) -> None:
    """Or what is above would prove nothing about the spellings that mean the app."""
    cookie = f"Cookie: {public.session(host=TEAM)['Cookie']}"
    assert SEEN in raw(public.proxy.http, get("/page", f"Host: {host}", cookie))


@pytest.mark.parametrize(
    ("target", "hosts"),
    [
        ("/page", ()),
        ("/page", (OPEN, TEAM)),
        ("/page", (TEAM, OPEN)),
        (f"http://{TEAM}/page", (OPEN,)),
        (f"http://{OPEN}/page", (TEAM,)),
        (f"http://ada:secret@{TEAM}/page", (OPEN,)),
        (f"http://{OPEN}@{TEAM}/page", (OPEN,)),
        (f"//{TEAM}/page", (OPEN,)),
        (f"https://{TEAM}:443/page", (OPEN,)),
        ("*", (TEAM,)),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_two_hosts_in_one_request_open_neither_door(
    public: Front, target: str, hosts: tuple[str, ...], version: str
) -> None:
    """The host that chooses the route is the one whose cookies count."""
    lines = [f"Host: {host}" for host in hosts]
    assert SEEN not in raw(public.proxy.http, get(target, *lines, version=version))
    cookie = f"Cookie: {public.session(host=OPEN)['Cookie']}"
    assert SEEN not in raw(public.proxy.http, get(target, *lines, cookie, version=version))


HTTP2 = """
const [url, requests] = JSON.parse(process.argv[1]);
const ask = headers => new Promise(told => {
  const session = require('node:http2').connect(url);
  const end = text => { told(text); session.destroy(); };
  session.on('error', error => end(String(error)));
  const stream = session.request(headers);
  let status = 0, body = '';
  stream.on('response', told => { status = told[':status']; });
  stream.on('data', data => { body += data; });
  stream.on('error', error => end(String(error)));
  stream.on('end', () => end(status + ' ' + body));
});
Promise.all(requests.map(ask)).then(answers => console.log(JSON.stringify(answers)));
"""


def http2(front: Front, *requests: dict[str, str]) -> list[str]:
    """Answers by HTTP/2, each on a connection of its own; pseudo headers are sent as given."""
    sent = [{":method": "GET", ":path": "/page", **headers} for headers in requests]
    command = ["node", "-e", HTTP2, json.dumps([front.proxy.http, sent])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    found: list[str] = json.loads(done.stdout)
    return found


def test_http_2_has_one_host_too(public: Front) -> None:
    closed, opened = {":authority": TEAM}, {":authority": OPEN}
    mine, other = public.session(host=TEAM)["Cookie"], public.session(host=OPEN)["Cookie"]
    bent = (
        closed,
        {**closed, "host": OPEN},
        {**opened, "host": TEAM},
        {"host": TEAM},
        {**closed, "x-forwarded-host": OPEN},
        {**closed, ":path": f"http://{OPEN}/page"},
    )
    with_a_cookie = [{**one, "cookie": other} for one in bent]
    honest, *others = http2(public, {**closed, "cookie": mine}, *bent, *with_a_cookie)
    assert honest.startswith("200 ")
    assert SEEN.decode() in honest
    assert len(others) == 2 * len(bent)
    assert [answer for answer in others if SEEN.decode() in answer] == []


@pytest.mark.parametrize("method", ["HEAD", "TRACE", "CONNECT", "PROPFIND", "get", "Options", "-"])
def test_no_method_goes_round_the_guard(local: Front, method: str) -> None:
    targets = ["/team/page", f"{local.local_host}/team/page", f"http://{local.local_host}/team/x"]
    for target in targets:
        told = raw(local.proxy.local, get(target, f"Host: {local.local_host}", method=method))
        assert not told.startswith(b"HTTP/1.1 200")
        assert SEEN not in told


def test_another_protocol_is_not_talked_into_being(local: Front) -> None:
    """A hidden HTTP/2 connection would be one that nobody asks about."""
    host = f"Host: {local.local_host}"
    upgrade = ("Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")
    head = "".join(f"{line}\r\n" for line in (host, *upgrade))
    text = f"GET /open/ HTTP/1.1\r\n{head}Connection: Upgrade, HTTP2-Settings, close\r\n\r\n"
    told = raw(local.proxy.local, text)
    assert b" 101 " not in told.split(b"\r\n")[0]
    assert SEEN not in told


def test_a_websockets_protocols_are_no_credentials(local: Front) -> None:
    handshake = (
        f"Host: {local.local_host}",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    )
    token = local.token()
    for shown in (f"bearer, {token}", token, f"Authorization.Bearer.{token}"):
        offered = (*handshake, f"Sec-WebSocket-Protocol: {shown}")
        told = raw(local.proxy.local, get("/team/ws", *offered))
        assert told.startswith(b"HTTP/1.1 401 ")


def test_what_comes_after_a_body_names_nobody(local: Front) -> None:
    """Trailers are headers to some servers."""
    head = (
        f"Host: {local.local_host}",
        "Transfer-Encoding: chunked",
        "Trailer: Remote-User, X-Appliance-Identity, Cookie",
    )
    trailers = "Remote-User: root\r\nX-Appliance-Identity: root\r\nCookie: root=root\r\n\r\n"
    text = get("/open/", *head, method="POST") + "1\r\nx\r\n0\r\n" + trailers
    assert b"root" not in raw(local.proxy.local, text)


@pytest.mark.parametrize("kibibytes", [20, 60, 70, 1000])
def test_a_giant_head_closes_rather_than_opens(local: Front, kibibytes: int) -> None:
    filling = "x" * (kibibytes << 10)
    for line in (f"Cookie: {filling}", f"Authorization: Bearer {filling}", f"X-Odd: {filling}"):
        told = raw(local.proxy.local, get("/team/", f"Host: {local.local_host}", line))
        assert SEEN not in told
    query = get(f"/team/?{filling}", f"Host: {local.local_host}")
    assert SEEN not in raw(local.proxy.local, query)


@pytest.mark.parametrize(
    "cookie",
    [
        'x="; {name}={secret}; y="',
        "{name} ={secret}",
        "{upper}={secret}",
        "$Version=1; {name}={secret}; $Path=/",
        "a=b;;{name}={secret}",
        "__Host-{name}={secret}",
        "a=b, {name}={secret}",
        "{name}={secret},a=b",
    ],
)
def test_no_spelling_of_a_cookie_shows_a_session_to_an_app(local: Front, cookie: str) -> None:
    name, secret = local.session()["Cookie"].split("=", 1)
    sent = cookie.format(name=name, upper=name.upper(), secret=secret)
    assert secret not in echoed(local.ask("/open/", headers={"Cookie": sent})).get("cookie", "")


@pytest.mark.parametrize(
    "shown",
    ["Bearer  {token}", "bearer {token}", "Token {token}", "{token}", "Basic {basic}", "x {token}"],
)
def test_no_spelling_of_a_token_shows_it_to_an_app(local: Front, shown: str) -> None:
    """Whoever shows it in a way that opens nothing has still shown it."""
    token = local.token()
    basic = b64encode(f"ada:{token}".encode()).decode()
    sent = {"Authorization": shown.format(token=token, basic=basic)}
    answer = local.ask("/open/", headers=sent)
    assert token not in answer.text
    assert basic not in answer.text
    assert "authorization" not in echoed(answer)


@pytest.mark.parametrize("shown", ["Basic c2NyaXB0OnNlY3JldA==", "Basic ?", "Bearer theirs"])
def test_an_apps_own_credentials_reach_it(local: Front, shown: str) -> None:
    assert echoed(local.ask("/open/", headers={"Authorization": shown}))["authorization"] == shown


def test_a_claimed_address_escapes_no_lockout(local: Front) -> None:
    form = {"username": "nobody-at-all", "password": "wrong password"}
    names = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "True-Client-Ip", "Cf-Connecting-Ip")
    codes = []
    for number in range(6):
        claims = dict.fromkeys(names, f"203.0.113.{number}")
        answer = local.ask("/team/login", "POST", data=form, headers=claims)
        codes.append(answer.status_code)
    assert codes == [401] * 5 + [429]
    local.door.throttle.forgive("nobody-at-all")


def test_strangers_leave_nothing_behind(local: Front) -> None:
    """Sessions, rows and marks are for those who have proved who they are."""
    door = local.door
    before = len(door.sessions), len(door.links.open()), len(door.tokens.all())
    page = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
    for number in range(30):
        planted = {"Cookie": f"appliance-session=planted-{number}; appliance-browser=b{number}"}
        local.ask(f"/team/{number}", headers={**page, **planted})
        local.ask(f"/-/sign-in?to=/{number}", headers={**page, **planted})
        local.ask("/team/logout", headers=planted)
    assert (len(door.sessions), len(door.links.open()), len(door.tokens.all())) == before


def test_a_half_open_account_shows_nothing_of_itself(local: Front) -> None:
    """What is said to a name and a password does not depend on why they are not good."""
    answers = [
        local.ask("/team/login", "POST", data={"username": name, "password": word})
        for name, word in (
            ("ada", "not the password"),
            ("nobody-either", "not the password"),
            ("ada", "gat_not-a-token"),
            ("nobody-either", "gat_not-a-token"),
            ("bob", local.token("ada")),
            ("ada", local.token("ada", apps=("open",), uses=(Use.PREDICT,))),
        )
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (401, answers[0].text),
    }
    assert PASSWORD not in answers[0].text
    for name in ("ada", "bob", "nobody-either"):
        local.door.throttle.forgive(name)
    local.door.lockouts.forget()
