"""Gradio's script from the app itself.

The page of a `launch(share=True)` is the app's usual page but for one tag: it loads the script from
a content network, which a closed network does not reach. The app serves the same script under
`assets/`; only its name, which holds a hash, must be known for each version. The page of a version
that nobody has looked up goes on loading from there, and says so where it cannot.
"""

import json
import re
from pathlib import Path

_TAG = re.compile(
    rb'<script type="module" crossorigin src="'
    rb"(https://gradio\.s3-us-west-2\.amazonaws\.com/([0-9][0-9A-Za-z.]{0,30})/gradio\.js)"
    rb'"></script>'
)
_NO_NETWORK = (
    b"This page loads the script of Gradio from the internet, which cannot be reached from here. "
    b"An app with another version of Gradio may work."
)
_Bundles = dict[str, tuple[str, str]]
_BUNDLES: _Bundles = {
    version: (script, style)
    for version, (script, style) in json.loads(
        Path(__file__).with_name("bundles.json").read_text()
    ).items()
}


def rewritten(page: bytes) -> bytes | None:
    """The page with its own script, None if there is nothing to change."""
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


def explained(page: bytes) -> bytes | None:
    """The page with a line for where its script cannot be had, None if it needs none."""
    tag = _TAG.search(page)
    if tag is None:
        return None
    said = b"(document.body || document.documentElement).append('%b')" % _NO_NETWORK
    return b'%b onerror="%b"%b' % (page[: tag.end(1) + 1], said, page[tag.end(1) + 1 :])
