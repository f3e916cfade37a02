"""A note in the app's page while its link is about to end.

A piece of HTML without script at the end of the page, through which clicks go. It is left out where
the app forbids changes (`Cache-Control: no-transform`) or may forbid the note's style (by any
Content-Security-Policy): a page that works as its author wants is worth more than the note.
"""

import re
from datetime import UTC, datetime
from typing import Final

from appliance.relay.gateway.request import without
from appliance.relay.gateway.response import Response
from appliance.relay.rules import warns_before
from appliance.relay.share import Share

_NOTE: Final = (
    '<div role="status" style="all:initial;position:fixed;bottom:12px;left:12px;z-index:2147483647;'
    "padding:6px 12px;border-radius:6px;background:#333;color:#fff;font:13px/1.4 sans-serif;"
    'opacity:.9;pointer-events:none">This link ends at {at:%H:%M} UTC.</div>'
)
_END: Final = re.compile(rb"</body\s*>", re.IGNORECASE)
_TAIL: Final = 64 << 10
"""Bytes at the end of a page among which its end is looked for."""
_FORBIDS: Final = re.compile(
    rb"content-security-policy:|cache-control:[^\r]*\bno-transform\b", re.IGNORECASE
)
_VALIDATORS: Final = {b"etag", b"last-modified"}


def note(share: Share, response: Response, now: float) -> bytes:
    """What to put into the page; empty while there is nothing to say. `now` is Unix time."""
    expires = share.expires
    if expires is None or expires - now > warns_before(share.since, expires):
        return b""
    if any(_FORBIDS.match(field) for field in response.fields):
        return b""
    return _NOTE.format(at=datetime.fromtimestamp(expires, UTC)).encode()


def noted(page: bytes, note: bytes) -> bytes | None:
    """The page with the note, None if it has no end to put it to."""
    # Not all of a page that consists of ends.
    ends = [found.start() for found in _END.finditer(page, max(0, len(page) - _TAIL))]
    return page[: ends[-1]] + note + page[ends[-1] :] if ends else None


def forget_version(response: Response) -> None:
    """So that no browser keeps the page with the note for the app's own."""
    response.fields = without(response.fields, _VALIDATORS)
