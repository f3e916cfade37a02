"""Asking an app server how it is, over HTTP. Both runtimes reach it in the same way."""

import ssl

import httpx

TIMEOUT = 3.0
"""Seconds an app server may take to answer a probe."""

_LARGEST = 256 * 1024
"""Bytes that an app's numbers may take; the app's own code may have a hand in them."""
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Probes speak plain HTTP; to load the machine's certificates each time would cost more."""


async def probe(address: str, path: str) -> int | None:
    """Status of `GET address+path`, or None without an answer in time."""
    response = await _get(address, path)
    return None if response is None else response.status_code


async def active(address: str) -> int | None:
    """Requests and result streams that somebody awaits, or None if it does not say."""
    response = await _get(address, "/readyz")
    if response is None:
        return None
    try:
        body = response.json()
        return int(body["active"]) + int(body["streams"])
    except (ValueError, KeyError, TypeError):
        return None


async def visits(address: str, key: str, question: bytes) -> bytes | None:
    """What the app server has counted, or None without an answer that can be one."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        async with (
            _client() as client,
            client.stream("POST", f"{address}/visitz", content=question, headers=headers) as answer,
        ):
            if answer.status_code != 200:
                return None
            body = b""
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    return None
            return body
    except httpx.HTTPError:
        return None


async def _get(address: str, path: str) -> httpx.Response | None:
    async with _client() as client:
        try:
            return await client.get(address + path)
        except httpx.HTTPError:
            return None


def _client() -> httpx.AsyncClient:
    # trust_env=False: a proxy configured for the machine must not see these.
    return httpx.AsyncClient(trust_env=False, timeout=TIMEOUT, verify=_NO_AUTHORITIES)
