"""Asking an app server how it is, over HTTP. Both runtimes reach it in the same way."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import NamedTuple

import httpx

TIMEOUT = 3.0
"""Seconds an app server may take to answer a probe."""

_IN_ALL = 3 * TIMEOUT
"""Seconds for all of an answer, which might otherwise come byte by byte for ever."""
_LARGEST = 256 * 1024
"""Bytes of an answer; the app's own code may have a hand in it."""
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Probes speak plain HTTP; to load the machine's certificates each time would cost more."""


async def probe(address: str, path: str) -> int | None:
    """Status of `GET address+path`, or None without an answer in time."""
    found = await _ask("GET", address + path)
    return None if found is None else found.status


async def active(address: str) -> int | None:
    """Requests and result streams that somebody awaits, or None if it does not say."""
    found = await _ask("GET", f"{address}/readyz")
    if found is None:
        return None
    try:
        body = json.loads(found.body)
        return int(body["active"]) + int(body["streams"])
    except (ValueError, KeyError, TypeError):
        return None


async def visits(address: str, key: str, question: bytes) -> bytes | None:
    """What the app server has counted, or None without an answer that can be one."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    found = await _ask("POST", f"{address}/visitz", headers, question)
    return found.body if found is not None and found.status == 200 and found.whole else None


class _Answer(NamedTuple):
    status: int
    body: bytes
    whole: bool


async def _ask(
    method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes | None = None
) -> _Answer | None:
    # As it is sent: what is packed might become anything.
    given, body = {**(headers or {}), "Accept-Encoding": "identity"}, bytearray()
    try:
        async with (
            asyncio.timeout(_IN_ALL),
            _client() as client,
            client.stream(method, url, content=content, headers=given) as answer,
        ):
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > _LARGEST:
                    return _Answer(answer.status_code, b"", whole=False)
            return _Answer(answer.status_code, bytes(body), whole=True)
    except (httpx.HTTPError, TimeoutError):
        return None


def _client() -> httpx.AsyncClient:
    # trust_env=False: a proxy configured for the machine must not see these.
    return httpx.AsyncClient(trust_env=False, timeout=TIMEOUT, verify=_NO_AUTHORITIES)
