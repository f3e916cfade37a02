"""Gradio's script from the app itself.

The page of a `launch(share=True)` is the app's usual page but for one tag: it loads the script from
a content network, which a closed network does not reach. The app serves the same script under
`assets/`; only its name, which holds a hash, must be known for each version.
"""

import gzip
import json
import re
import zlib
from pathlib import Path
from typing import Final

from appliance.relay.gateway.request import Request
from appliance.relay.gateway.response import Response
from appliance.relay.gateway.settings import GatewaySettings

LARGEST: Final = 2 << 20
"""Bytes of a page."""

_TAG = re.compile(
    rb'<script type="module" crossorigin src="'
    rb"(https://gradio\.s3-us-west-2\.amazonaws\.com/([0-9][0-9A-Za-z.]{0,30})/gradio\.js)"
    rb'"></script>'
)
_Bundles = dict[str, tuple[str, str]]
_BUNDLES: _Bundles = {
    version: (script, style)
    for version, (script, style) in json.loads(
        Path(__file__).with_name("bundles.json").read_text()
    ).items()
}


def acceptable(request: Request, settings: GatewaySettings) -> bytes:
    """The Accept-Encoding to send: only what can be unpacked, if the answer may be such a page."""
    if not _wanted(request, settings):
        return request.accept_encoding
    return b"gzip" if b"gzip" in request.accept_encoding.lower() else b""


def collectable(request: Request, response: Response, settings: GatewaySettings) -> bool:
    """Whether to hold the body back until all of it is there.

    Only one of known length: a page that is made while it is sent must not wait.
    """
    return (
        _wanted(request, settings)
        and response.html
        and response.status == 200
        and 0 < response.length <= LARGEST
        and response.encoding in (b"", b"gzip")
    )


def _wanted(request: Request, settings: GatewaySettings) -> bool:
    return settings.script and request.html and request.method == b"GET"


def rewritten(page: bytes, encoding: bytes) -> bytes | None:
    """The page with its own script, None if there is nothing to change."""
    if encoding != b"gzip":
        return _rewritten(page)
    plain = _unpacked(page)
    changed = _rewritten(plain) if plain is not None else None
    return gzip.compress(changed, compresslevel=4, mtime=0) if changed is not None else None


def _rewritten(page: bytes) -> bytes | None:
    tag = _TAG.search(page)
    if tag is None:
        return None
    names = _BUNDLES.get(tag[2].decode("ascii"))
    if names is None:
        return None
    script, style = (name.encode("ascii") for name in names)
    # Someone's own build may have other names: then the content network is still there.
    local = (
        b'<script type="module" crossorigin src="./assets/%b" onerror="import(\'%b\')"></script>'
        b'<link rel="stylesheet" crossorigin href="./assets/%b">' % (script, tag[1], style)
    )
    return page[: tag.start()] + local + page[tag.end() :]


def _unpacked(page: bytes) -> bytes | None:
    """None for more than a page holds, and for what is no gzip."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(page, 2 * LARGEST)
    except zlib.error:
        return None
    return plain if unpacking.eof and not unpacking.unused_data else None
