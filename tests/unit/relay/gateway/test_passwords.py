"""The password of a link: who passes, who is asked, and what the app gets to see of it."""

import re
import time
from base64 import b64encode
from itertools import product

import pytest

from appliance.relay.gateway.passing import Ruling, Shown, ruling
from appliance.relay.lock import LIFE, locked
from appliance.relay.share import HttpOptions
from tests.unit.relay.gateway.wired import HOST, OK, Wired

NOW = 1_800_000_000.0
PASSWORD = "open sesame"
LOCK = locked(b"of the relay", "demo", PASSWORD)
OTHER = locked(b"of the relay", "another", PASSWORD)
PASS = LOCK.stamped(NOW)


def asks(
    target: str = "/page", *fields: str, method: str = "GET", body: bytes = b"", html: bool = False
) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", f"Host: {HOST}", *fields]
    if html:
        lines.append("Accept: text/html")
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def locked_one() -> Wired:
    wired = Wired()
    wired.share.lock = LOCK
    return wired


def typed(password: str = PASSWORD, *fields: str, target: str = "/~password?to=%2Fpage") -> bytes:
    body = f"password={password.replace(' ', '+')}".encode()
    kind = "Content-Type: application/x-www-form-urlencoded"
    return asks(target, kind, *fields, method="POST", body=body, html=True)


def basic(password: str) -> str:
    return f"Authorization: Basic {b64encode(f'any:{password}'.encode()).decode()}"


PASSES = {
    "none": ((), False),
    "good": ((PASS,), True),
    "two": (("1.00", PASS), True),
    "forged": ((f"{int(NOW) + 60}.{'0' * 64}",), False),
    "longer": ((f"9{PASS}",), False),
    "foreign": ((OTHER.stamped(NOW),), False),
    "over": ((LOCK.stamped(NOW - LIFE - 1),), False),
    "garbage": (("", ".", "x.y", "1e9.00", "\xb2.00", f"{int(NOW) + 60}.\xe9"), False),
}
PASSWORDS = {None: Ruling.ASKED, PASSWORD: Ruling.PASSES, "": Ruling.WRONG, "x": Ruling.WRONG}


@pytest.mark.parametrize(
    ("passes", "password", "barred"), list(product(PASSES, PASSWORDS, (False, True)))
)
def test_the_whole_truth(passes: str, password: str | None, *, barred: bool) -> None:
    given, good = PASSES[passes]
    otherwise = Ruling.BARRED if barred and password is not None else PASSWORDS[password]
    expected = Ruling.PASSES if good else otherwise
    assert ruling(LOCK, Shown(given, password), NOW, barred=barred) is expected


def test_a_pass_ends_with_the_password() -> None:
    assert not locked(b"of the relay", "demo", "another word").admits(PASS, NOW)
    assert not locked(b"of another relay", "demo", PASSWORD).admits(PASS, NOW)


def test_neither_lock_nor_what_was_shown_gives_itself_away() -> None:
    assert PASSWORD not in repr((LOCK, Shown((PASS,), PASSWORD)))
    assert repr(LOCK.key) not in repr(LOCK)
    assert repr(LOCK.digest) not in repr(LOCK)
    assert PASS not in repr(Shown((PASS,)))


async def test_a_browser_gets_a_form_and_then_the_page_it_wanted() -> None:
    wired = locked_one()
    wired.says(asks("/page?q=1", html=True))
    assert wired.status == 401
    assert b"Basic" not in wired.sent  # which would have the browser ask by itself
    action = re.search(rb'action="([^"]+)"', wired.sent)
    assert action is not None
    assert not wired.streams.given
    wired.wire.sent.clear()
    wired.says(typed(target=action[1].decode()))
    assert wired.status == 303
    assert b"Location: /page?q=1\r\n" in wired.sent
    given = re.search(rb"Set-Cookie: (link-pass=[^;]+); Path=/; HttpOnly", wired.sent)
    assert given is not None
    assert b"SameSite=Lax" in wired.sent
    wired.says(asks("/page", f"Cookie: a=1; {given[1].decode()}; b=2", "Authorization: Own thing"))
    assert b"Cookie: a=1; b=2\r\n" in wired.stream.got
    assert b"Authorization: Own thing\r\n" in wired.stream.got


@pytest.mark.parametrize(
    ("fields", "secure", "framed"),
    [
        ((), False, False),
        (("X-Forwarded-Proto: https",), True, False),
        (("X-Forwarded-Proto: https", "Sec-Fetch-Dest: iframe"), True, True),
        (("Sec-Fetch-Dest: iframe",), False, False),
    ],
)
async def test_a_pass_is_for_this_host_alone(
    fields: tuple[str, ...], *, secure: bool, framed: bool
) -> None:
    wired = locked_one()
    wired.visitor.trusted = True
    wired.says(typed(PASSWORD, *fields))
    assert (b"__Host-link-pass=" in wired.sent and b"; Secure" in wired.sent) is secure
    assert (b"SameSite=None; Partitioned" in wired.sent) is framed
    assert b"Domain" not in wired.sent


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a%0d%0aX:y", "x"]
)
async def test_nobody_is_sent_elsewhere(to: str) -> None:
    wired = locked_one()
    wired.says(typed(target=f"/~password?to={to}"))
    assert b"Location: /\r\n" in wired.sent
    assert b"evil" not in wired.sent


@pytest.mark.parametrize(
    "field",
    [
        basic(PASSWORD),
        f"authorization: bearer {PASSWORD}",
        f"X-HF-Authorization: Bearer {PASSWORD}",
    ],
)
async def test_a_program_shows_it_in_a_header_which_the_app_does_not_see(field: str) -> None:
    wired = locked_one()
    wired.says(asks("/config", field))
    assert b"uthorization" not in wired.stream.got


async def test_a_program_without_it_is_told_so_in_the_words_of_gradios_clients() -> None:
    wired = locked_one()
    wired.says(asks("/config", "X-HF-Authorization: Bearer hf_saved"))
    assert wired.status == 401
    assert b'"detail": {"error": "Not authenticated", "auth_message": ' in wired.sent
    assert not wired.streams.given


@pytest.mark.parametrize("multipart", [False, True])
async def test_gradios_clients_sign_in_with_it(*, multipart: bool) -> None:
    wired = locked_one()
    if multipart:
        kind = "Content-Type: multipart/form-data; boundary=b"
        part = '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n'
        body = f"{part}{PASSWORD}\r\n--b--\r\n".encode()
    else:
        kind, body = "Content-Type: application/x-www-form-urlencoded", b"password=open%20sesame"
    whole = asks("/login", kind, method="POST", body=body)
    wired.says(whole[:-7])
    assert not wired.sent
    wired.says(whole[-7:])
    assert wired.status == 200
    assert wired.sent.endswith(b'{"success": true}')
    assert b"Set-Cookie: link-pass=" in wired.sent
    wired.says(asks("/config", basic(PASSWORD)))
    assert wired.stream.got.startswith(b"GET /config")


async def test_the_login_of_the_app_itself_is_behind_it() -> None:
    wired = locked_one()
    wired.says(asks("/login", f"Cookie: link-pass={LOCK.stamped(time.time())}", method="POST"))
    assert wired.stream.got.startswith(b"POST /login")


async def test_guessing_ends_soon_and_holds_nobody_else_up() -> None:
    wired = locked_one()
    wired.visitor.trusted = True
    guesser, other = "X-Real-Ip: 203.0.113.9", "X-Real-Ip: 198.51.100.4"
    statuses = []
    for number in range(8):
        wired.wire.sent.clear()
        wired.says(typed(f"guess {number}", guesser))
        statuses.append(wired.status)
    assert statuses == [401] * 5 + [429] * 3
    wired.wire.sent.clear()
    wired.says(asks("/config", basic(PASSWORD), guesser))
    assert wired.status == 429  # the right one as well, or guessing would go on
    wired.wire.sent.clear()
    wired.says(typed(PASSWORD, other))
    assert wired.status == 303


async def test_guessing_what_an_upstream_client_asks_for_ends_as_soon() -> None:
    wired = Wired()
    wired.share.options = HttpOptions(user="any", password=PASSWORD)
    wired.visitor.trusted = True
    guesser, other = "X-Real-Ip: 203.0.113.9", "X-Real-Ip: 198.51.100.4"
    statuses = []
    # What is no name and password is no guess: browsers ask once without, programs send tokens.
    for given in ("X-A: b", "Authorization: Bearer of-the-app"):
        for _ in range(5):
            wired.wire.sent.clear()
            wired.says(asks("/page", given, guesser))
            statuses.append(wired.status)
    for word in (*(f"guess {number}" for number in range(7)), PASSWORD):
        wired.wire.sent.clear()
        wired.says(asks("/page", basic(word), guesser))
        statuses.append(wired.status)
    assert statuses == [401] * 15 + [429] * 3
    wired.says(asks("/page", basic(PASSWORD), other))
    assert wired.stream.got.startswith(b"GET /page")


@pytest.mark.parametrize("path", ["//evil.example/page", "/\\evil.example/page"])
async def test_the_form_goes_to_no_other_host(path: str) -> None:
    wired = locked_one()
    wired.says(asks(path, html=True))
    action = re.search(rb'action="([^"]+)"', wired.sent)
    assert action is None or action[1].startswith(b"/evil.example/~password")


@pytest.mark.parametrize(
    "body", [b"", b"password=", b"\xff", b"&" * 4000, b"password=" + b"x" * 20_000]
)
async def test_forms_that_nobody_would_send_are_wrong(body: bytes) -> None:
    wired = locked_one()
    kind = "Content-Type: application/x-www-form-urlencoded"
    wired.says(asks("/~password", kind, method="POST", body=body, html=True))
    assert wired.status == 401
    assert not wired.streams.given


@pytest.mark.parametrize("more", ["", "; boundary=" + "b" * 999])
async def test_a_form_of_unreadable_parts_is_wrong(more: str) -> None:
    wired = locked_one()
    kind = f"Content-Type: multipart/form-data{more}"
    wired.says(asks("/login", kind, method="POST", body=b"--b\r\nnothing"))
    assert wired.status == 401


async def test_chunked_forms_end_as_well() -> None:
    wired = locked_one()
    head = f"POST /~password HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"
    wired.says(head.encode(), b"14\r\npassword=open+sesame\r\n", b"0\r\n\r\n")
    assert wired.status == 303


@pytest.mark.parametrize(
    "request_",
    [
        asks("/ws", "Connection: Upgrade", "Upgrade: websocket"),
        asks("/page", method="HEAD"),
        asks("/page", method="OPTIONS"),
        asks("/page", "Origin: https://a.example", method="OPTIONS"),
        asks("/%7Epassword", method="POST"),
        asks("/page", f"Cookie: link_pass={PASS}"),
    ],
)
async def test_nothing_else_passes(request_: bytes) -> None:
    wired = locked_one()
    wired.says(request_)
    assert wired.status == 401
    assert not wired.streams.given


async def test_preflights_go_to_the_app() -> None:
    wired = locked_one()
    wanted = "Access-Control-Request-Method: POST"
    wired.says(asks("/call", "Origin: https://a.example", wanted, method="OPTIONS"))
    assert wired.stream.got.startswith(b"OPTIONS /call")


async def test_a_page_is_escaped() -> None:
    wired = locked_one()
    wired.says(asks('/a"><script>/x', html=True))
    assert b"<script" not in wired.sent


async def test_a_link_without_a_password_is_as_it_was() -> None:
    wired = Wired()
    wired.says(asks("/page", f"Cookie: link-pass={PASS}", basic("app's own")))
    assert basic("app's own").encode() in wired.stream.got
    wired.stream.says(OK)
    assert wired.status == 200


@pytest.mark.parametrize(
    "kept", ["Authorization: Bearer of-the-app", "X-Hf-Authorization: Bearer of-the-app"]
)
async def test_the_header_for_it_leaves_the_others_to_the_app(kept: str) -> None:
    wired = locked_one()
    wired.says(asks("/page", f"X-Link-Password: {PASSWORD}", kept))
    assert kept.encode() in wired.stream.got
    assert b"link-password" not in wired.stream.got.lower()


async def test_a_wrong_one_in_that_header_counts_whatever_else_is_right() -> None:
    wired = locked_one()
    wired.says(asks("/page", "X-Link-Password: guessed", f"Authorization: Bearer {PASSWORD}"))
    assert wired.status == 401
    assert b"not the password" in wired.sent
