"""What goes on: heads for apps and for visitors, written anew from their parts."""

import re
from collections.abc import Mapping
from http import HTTPStatus

from appliance.relay.gateway import request as requests
from appliance.relay.gateway import response as responses
from appliance.relay.gateway.headers import FORWARDED
from appliance.relay.gateway.request import Request, without
from appliance.relay.gateway.response import Response
from appliance.relay.share import HttpOptions

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_FRAMING = frozenset(
    ("connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade")
)
_STATUS_LINES = {
    (status.value, status.phrase.encode()): b"HTTP/1.1 %d %b\r\n"
    % (status.value, status.phrase.encode())
    for status in HTTPStatus
}


def for_app(
    request: Request, options: HttpOptions, peer: bytes, *, trusted: bool, accept_encoding: bytes
) -> bytes:
    """The request's head.

    `peer`: the address it came from; `trusted`: whether that is our proxy, which says who the
    visitor is.
    """
    fields = request.fields
    if options.request_headers:
        fields = _replaced(fields, options.request_headers)
    host = request.host
    if options.host and _HOST.fullmatch(options.host):
        host = options.host.encode("ascii")
    lines = [b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (request.method, request.target, host), *fields]
    if accept_encoding:
        lines.append(b"Accept-Encoding: %b\r\n" % accept_encoding)
    if request.authorization and not guarded(options):
        lines.append(b"Authorization: %b\r\n" % request.authorization)
    said = forwarded(request, trusted=trusted)
    lines.append(
        b"X-Forwarded-For: %b\r\nX-Forwarded-Host: %b\r\nX-Forwarded-Proto: %b\r\n"
        b"X-Real-Ip: %b\r\n"
        % (
            # Rather than the chain: it begins with whatever a visitor claims, and ends with proxies
            # that the app does not know.
            said.get(b"x-real-ip") or said.get(b"x-forwarded-for", peer),
            said.get(b"x-forwarded-host", request.host),
            said.get(b"x-forwarded-proto", b"http"),
            said.get(b"x-real-ip", peer),
        )
    )
    port = said.get(b"x-forwarded-port")
    if port:
        lines.append(b"%b: %b\r\n" % (FORWARDED[b"x-forwarded-port"], port))
    if request.length == requests.CHUNKED:
        lines.append(b"Transfer-Encoding: chunked\r\n")
    elif request.length or request.method in _WITH_BODY:
        lines.append(b"Content-Length: %d\r\n" % request.length)
    if request.upgrade:
        lines.append(b"Connection: Upgrade\r\nUpgrade: %b\r\n" % request.upgrade)
    lines.append(b"\r\n")
    return b"".join(lines)


def forwarded(request: Request, *, trusted: bool) -> dict[bytes, bytes]:
    """What the proxy says of the visitor; nothing if who says it is not our proxy."""
    return request.forwarded if trusted and request.forwarded else _NOTHING


_NOTHING: dict[bytes, bytes] = {}
_WITH_BODY = frozenset((b"POST", b"PUT", b"PATCH"))


def for_visitor(
    request: Request, response: Response, options: HttpOptions, *, close: bool
) -> bytes:
    """The response's head. `close`: whether it is the last one of the connection."""
    fields = response.fields
    if options.response_headers:
        fields = _replaced(fields, options.response_headers)
    status = response.status
    line = _STATUS_LINES.get((status, response.reason))
    if line is None:
        line = b"HTTP/1.1 %d %b\r\n" % (status, response.reason)
    lines = [line, *fields]
    if status == 101:
        lines.append(b"Connection: Upgrade\r\nUpgrade: %b\r\n" % response.upgrade)
    elif response.length >= 0:
        if status >= 200 and status != 204:
            lines.append(b"Content-Length: %d\r\n" % response.length)
    elif response.length == responses.CHUNKED and request.modern and status != 304:
        lines.append(b"Transfer-Encoding: chunked\r\n")
    if close and status >= 200:
        lines.append(b"Connection: close\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)


def guarded(options: HttpOptions) -> bool:
    """Whether the gateway itself asks visitors for a password."""
    return bool(options.user or options.password)


def _replaced(fields: list[bytes], headers: Mapping[str, str]) -> list[bytes]:
    """With these headers in place of others of their names.

    What would break a head is left out: answers of many shares follow each other on one connection
    of the proxy.
    """
    good = {
        name: value
        for name, value in headers.items()
        if _NAME.fullmatch(name) and _VALUE.fullmatch(value) and name.lower() not in _FRAMING
    }
    kept = without(fields, {name.lower().encode("ascii") for name in good})
    lines = [f"{name}: {value}\r\n".encode("latin-1") for name, value in good.items()]
    return kept + lines
