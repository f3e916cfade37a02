"""What a proxy is called, by Gradio's client and by upstream's."""

import hashlib
from enum import Enum

from appliance.relay.wire.messages import Login, NewProxy

GRADIO_VERSION = "0.44.0"
HASH_LENGTH = 18
KEYS_ONLY = "for holders of a key only"
"""Words of a refusal that tell a client of ours what is missing."""


class Dialect(Enum):
    """How a client names its proxies in what it expects to read."""

    GRADIO = "gradio"
    """By a hash of the name it sent. Understands Kill."""
    GRADIO_OLDEST = "gradio-0.1"
    """Sends the name `random` and reads none. Understands Kill."""
    UPSTREAM = "upstream"
    """By the name it sent. Takes Kill for noise and logs in again."""


def dialect(login: Login, proxy: NewProxy) -> Dialect:
    """Tell the clients apart by what only Gradio's sends."""
    if login.version == GRADIO_VERSION:
        if proxy.subdomain == "random":
            return Dialect.GRADIO
        if proxy.proxy_name == "random":
            return Dialect.GRADIO_OLDEST
    return Dialect.UPSTREAM


def hashed(name: str) -> str:
    """The first 72 bits of the name's SHA-256, in hex."""
    return hashlib.sha256(name.encode()).hexdigest()[:HASH_LENGTH]


def answered(name: str, dialect: Dialect) -> str:
    """The name to use in NewProxyResp and StartWorkConn."""
    return hashed(name) if dialect is Dialect.GRADIO else name


def same(registered: str, closed: str) -> bool:
    """Whether CloseProxy, which may carry either form, means a registered name."""
    return closed in (registered, hashed(registered))
