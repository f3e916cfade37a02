"""A password that is sent by the gateway's own form, or as a Gradio client signs in."""

import time
from io import BytesIO
from typing import Final
from urllib.parse import parse_qs

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field

from appliance.auth.failures import TooManyAttemptsError
from appliance.auth.signing_in.throttle import Throttle
from appliance.auth.whereabouts import place
from appliance.relay.gateway.access import admitted
from appliance.relay.gateway.answers import Kind
from appliance.relay.gateway.bodies import BadBody, Body, Chunked
from appliance.relay.gateway.forwarding import forwarded
from appliance.relay.gateway.passing import (
    FORM,
    LOGIN,
    Ruling,
    Shown,
    cleaned,
    cookie,
    is_preflight,
    place_of,
    ruling,
    shown,
    value_of,
)
from appliance.relay.gateway.request import CHUNKED, Request
from appliance.relay.gateway.visiting import Visiting
from appliance.relay.lock import Lock
from appliance.relay.share import HttpOptions

_LARGEST: Final = 8 << 10
"""Bytes of a form."""
_FIELDS: Final = 20
_FRAMES: Final = frozenset((b"iframe", b"frame", b"embed", b"object"))
_WELCOME: Final = b'{"success": true}'


WHY_NOT: Final = {
    Ruling.ASKED: Kind.LOCKED,
    Ruling.WRONG: Kind.WRONG,
    Ruling.BARRED: Kind.GUESSED,
}


class Guesses:
    """Wrong passwords by share and address.

    No share is locked for everybody: strangers could keep its visitors out by that.
    """

    def __init__(self) -> None:
        # Nothing of it is kept, so it need not hear of it when the machine's clock is set.
        self._throttle = Throttle(time.monotonic)

    def opens(self, lock: Lock, share: str, address: str, password: str) -> Ruling:
        """What a password leads to that was typed."""
        return self._ruling(lock, share, address, Shown(password=password))

    def reason_against(self, lock: Lock, share: str, address: str, request: Request) -> Kind | None:
        """Why a request does not pass; if it does, it is cleaned of what let it."""
        seen = shown(request)
        found = self._ruling(lock, share, address, seen)
        if found is Ruling.PASSES:
            cleaned(request, lock, seen)
            return None
        return None if found is Ruling.ASKED and is_preflight(request) else WHY_NOT[found]

    def reason_against_basic(
        self, options: HttpOptions, share: str, address: str, authorization: bytes
    ) -> Kind | None:
        """Why HTTP Basic credentials do not pass that an upstream client asks for."""
        if authorization[:6].lower() != b"basic ":
            return Kind.PASSWORD
        account = _account(share, address)
        if self._barred(account, address):
            return Kind.GUESSED
        if admitted(options, authorization):
            return None
        self._throttle.failed(account, address)
        return Kind.PASSWORD

    def _ruling(self, lock: Lock, share: str, address: str, seen: Shown) -> Ruling:
        account = _account(share, address)
        barred = seen.password is not None and self._barred(account, address)
        found = ruling(lock, seen, time.time(), barred=barred)
        if found is Ruling.WRONG:
            self._throttle.failed(account, address)
        return found

    def _barred(self, account: str, address: str) -> bool:
        try:
            self._throttle.check(account, address)
        except TooManyAttemptsError:
            return True
        return False


def _account(share: str, address: str) -> str:
    return f"{share} {place(address)}"


def brings_password(request: Request, lock: Lock) -> bool:
    """Whether the body is for the gateway."""
    if request.method != b"POST":
        return False
    if request.path.endswith(FORM):
        return True
    return request.path.endswith(LOGIN) and (
        ruling(lock, shown(request), time.time()) is not Ruling.PASSES
    )


class Asking:
    """Collects one form and answers it, in an `Exchange`'s place."""

    __slots__ = ("_body", "_form", "_guesses", "_lock", "_request", "_share", "_visitor")

    def __init__(
        self, guesses: Guesses, visitor: Visiting, share: str, lock: Lock, request: Request
    ) -> None:
        self._guesses, self._visitor = guesses, visitor
        self._share, self._lock = share, lock
        self._request = request
        chunked = request.length == CHUNKED
        self._body: Body = Chunked(framed=False) if chunked else request.body()
        self._form = bytearray()

    @property
    def listening(self) -> bool:
        return not self._body.done

    @property
    def uploading(self) -> bool:
        return not self._body.done

    def start(self, data: bytes) -> None:
        """Raises `BadBody`."""
        self._add(self._body.feed(data))

    def more(self, data: bytes) -> None:
        try:
            self._add(self._body.feed(data))
        except BadBody as bad:
            self._visitor.refused(str(bad))

    def block(self) -> None: ...

    def unblock(self) -> None: ...

    def left(self) -> None: ...

    def _add(self, data: bytes) -> None:
        self._form += data
        if len(self._form) > _LARGEST:
            self._fail(Kind.WRONG)
        elif self._body.done:
            self._decide()

    def _decide(self) -> None:
        request, visitor = self._request, self._visitor
        password = _typed(value_of(request, b"content-type"), bytes(self._form))
        said = forwarded(request, trusted=visitor.trusted)
        address = address_of(request, visitor)
        found = self._guesses.opens(self._lock, self._share, address, password)
        if found is not Ruling.PASSES:
            self._fail(WHY_NOT[found])
            return
        pass_ = cookie(
            self._lock.stamped(time.time()),
            secure=said.get(b"x-forwarded-proto") == b"https",
            framed=value_of(request, b"sec-fetch-dest") in _FRAMES,
        )
        self._welcome(pass_)

    def _welcome(self, pass_: bytes) -> None:
        if self._request.path.endswith(FORM):
            # No scheme and no host: the browser stays where it is.
            what = b"Location: %b\r\n" % place_of(self._request).encode("ascii")
            status, body = b"303 See Other", b""
        else:
            what = b"Content-Type: application/json\r\n"
            status, body = b"200 OK", _WELCOME
        self._visitor.transport.write(
            b"HTTP/1.1 %b\r\n%b%bCache-Control: no-store\r\nContent-Length: %d\r\n%b\r\n%b"
            % (status, what, pass_, len(body), self._closing(), body)
        )
        self._visitor.finished(
            self._body.rest, keep_alive=self._request.keep_alive, read_all=not self._body.overrun
        )

    def _closing(self) -> bytes:
        return b"" if self._request.keep_alive else b"Connection: close\r\n"

    def _fail(self, kind: Kind) -> None:
        read_all = self._body.done and not self._body.overrun
        self._visitor.failed(kind, self._body.rest, read_all=read_all)


def address_of(request: Request, visitor: Visiting) -> str:
    """The visitor's, as our proxy says it."""
    said = forwarded(request, trusted=visitor.trusted)
    return said.get(b"x-real-ip", visitor.peer).decode("latin-1")


def _typed(content_type: bytes, form: bytes) -> str:
    """The field `password`; empty if there is none that can be read."""
    found: list[bytes] = []

    def on_field(field: Field) -> None:
        if field.field_name == b"password" and field.value is not None:
            found.append(field.value)

    try:
        if not content_type.lower().startswith(b"multipart/form-data"):
            return parse_qs(form.decode(), max_num_fields=_FIELDS).get("password", [""])[0]
        parse_form({"Content-Type": content_type}, BytesIO(form), on_field, _no_file)
    except (ValueError, FormParserError):
        return ""
    return found[0].decode("utf-8", "replace") if found else ""


def _no_file(_file: object) -> None: ...
