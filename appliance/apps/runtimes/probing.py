"""Asking an app server how it is, over HTTP. Both runtimes reach it in the same way."""

import ssl

import httpx

TIMEOUT = 3.0
"""Seconds an app server may take to answer a probe."""

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


async def _get(address: str, path: str) -> httpx.Response | None:
    # trust_env=False: a proxy configured for the machine must not see these.
    async with httpx.AsyncClient(
        trust_env=False, timeout=TIMEOUT, verify=_NO_AUTHORITIES
    ) as client:
        try:
            return await client.get(address + path)
        except httpx.HTTPError:
            return None
