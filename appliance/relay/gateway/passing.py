"""Whether a request may pass a link's password. Pure.

A pass in a cookie counts first; then a password in a header, as programs send it, which the app
does not get to see. Who sends it in the header that is there for it keeps the others for the app
or for the appliance. Everything else in the headers is the app's own business.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, quote

from appliance.relay.gateway.request import Request, without
from appliance.relay.lock import LIFE, LONGEST, Lock

FORM = "/~password"
"""Where the page that asks sends what was typed; no path of an app, at any depth."""
LOGIN = "/login"
"""Where Gradio's clients send what they were given as `auth=`."""
HEADER = b"x-link-password"
"""Holds the password and nothing else, as UTF-8."""
_COOKIE, _HOST_COOKIE = b"link-pass", b"__Host-link-pass"
_MOST_PASSES = 4
_SAVED = "hf_"
"""Gradio's clients send the token saved on the visitor's machine to any app: it is no guess."""
_PLACE = re.compile(r"/(?![/\\])[\x21-\x7e]*")
"""A path of this host, and nothing that a browser would take for another one."""


class Ruling(Enum):
    """What the gateway does with a request to a share that has a password."""

    PASSES = 0
    ASKED = 1
    """Nothing was shown."""
    WRONG = 2
    BARRED = 3
    """Too many were wrong, so a password is not looked at."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows."""

    passes: tuple[str, ...] = field(default=(), repr=False)
    password: str | None = field(default=None, repr=False)
    header: bytes = b""
    """The one that held the password, in small letters."""


def ruling(lock: Lock, shown: Shown, now: float, *, barred: bool = False) -> Ruling:
    """`now` is Unix time; `barred`: whether its sender has guessed too often."""
    if any(lock.admits(given, now) for given in shown.passes):
        return Ruling.PASSES
    if shown.password is None:
        return Ruling.ASKED
    if barred:
        return Ruling.BARRED
    return Ruling.PASSES if lock.opens(shown.password) else Ruling.WRONG


def shown(request: Request) -> Shown:
    passes = tuple(_passes(value_of(request, b"cookie")))[:_MOST_PASSES]
    if own := value_of(request, HEADER):
        return Shown(passes, own.decode("utf-8", "replace")[: LONGEST + 1], HEADER)
    for header, value in (
        (b"authorization", request.authorization),
        (b"x-hf-authorization", value_of(request, b"x-hf-authorization")),
    ):
        if (password := _password(value)) is not None:
            return Shown(passes, password, header)
    return Shown(passes)


def cleaned(request: Request, lock: Lock, seen: Shown) -> None:
    """Take out of the request what is not for the app; `seen` has opened the lock."""
    if seen.passes:
        request.fields = [_without_passes(line) for line in request.fields]
    if seen.password is None or not lock.opens(seen.password):
        return
    if seen.header == b"authorization":
        request.authorization = b""
    else:
        request.fields = without(request.fields, {seen.header})


def is_preflight(request: Request) -> bool:
    """Browsers send no credentials with it; the app itself says who may call it."""
    return request.method == b"OPTIONS" and all(
        value_of(request, name) for name in (b"origin", b"access-control-request-method")
    )


def place_of(request: Request) -> str:
    """Where a visitor wants to go who is asked for the password."""
    path, _, query = request.target.decode("ascii").partition("?")
    if not path.endswith(FORM):
        to = request.target.decode("ascii") if request.method in (b"GET", b"HEAD") else "/"
    else:
        to = parse_qs(query, max_num_fields=8).get("to", ["/"])[0]
    return to if _PLACE.fullmatch(to) else "/"


def action(request: Request) -> str:
    """The URL of the form, which has to be below the path of the share."""
    # Two slashes would begin the name of another host.
    path = "/" + request.path.lstrip("/\\")
    return f"{path.rpartition('/')[0]}{FORM}?to={quote(place_of(request), safe='')}"


def cookie(pass_: str, *, secure: bool, framed: bool) -> bytes:
    """A Set-Cookie line. `framed`: for a frame in somebody else's page, and nowhere else."""
    site = b"SameSite=None; Partitioned" if framed and secure else b"SameSite=Lax"
    return b"Set-Cookie: %b=%b; Path=/; HttpOnly; Max-Age=%d; %b%b\r\n" % (
        _HOST_COOKIE if secure else _COOKIE,
        pass_.encode(),
        LIFE,
        b"Secure; " if secure else b"",
        site,
    )


def value_of(request: Request, name: bytes) -> bytes:
    """Of a field that the gateway has no use for otherwise; several are joined as cookies are."""
    found = (line.partition(b":") for line in request.fields)
    return b"; ".join(value.strip() for field, _, value in found if field.lower() == name)


def _passes(header: bytes) -> list[str]:
    crumbs = (crumb.strip().partition(b"=") for crumb in header.split(b";"))
    return [value.decode("latin-1") for name, _, value in crumbs if _is_pass(name)]


def _is_pass(name: bytes) -> bool:
    return name in (_COOKIE, _HOST_COOKIE)


def _without_passes(line: bytes) -> bytes:
    name, _, value = line.partition(b":")
    if name.lower() != b"cookie":
        return line
    crumbs = (crumb.strip() for crumb in value.split(b";"))
    kept = [crumb for crumb in crumbs if crumb and not _is_pass(crumb.partition(b"=")[0])]
    return b"%b: %b\r\n" % (name, b"; ".join(kept)) if kept else b""


def _password(header: bytes) -> str | None:
    scheme, _, given = header.partition(b" ")
    if scheme.lower() == b"bearer":
        text = given.strip().decode("utf-8", "replace")
        return text if text and not text.startswith(_SAVED) and len(text) <= LONGEST else None
    if scheme.lower() != b"basic":
        return None
    try:
        both = base64.b64decode(given.strip(), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return None
    return both.partition(":")[2]
