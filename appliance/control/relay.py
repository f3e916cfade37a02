"""Client of the relay's API on its Unix socket, see docs/architecture.md."""

from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from appliance.relay.model import Desired, RelayStatus

_POLL = 25
"""Seconds the relay holds a `GET /status?after=` when there is no news."""


class RelayAway(Exception):  # noqa: N818 - a state of the world, not a fault
    """The relay does not answer, or not in its language. The message says why."""


class RelayClient:
    """One relay. Every method raises `RelayAway`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)),
            base_url="http://relay",
            timeout=httpx.Timeout(10, read=_POLL + 10),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def want(self, desired: Desired) -> RelayStatus:
        """Say what should be shared."""
        headers = {"Content-Type": "application/json"}
        body = desired.model_dump_json()
        return await self._status("PUT", "/settings", content=body, headers=headers)

    async def status(self, after: int) -> RelayStatus:
        """The status once its version exceeds `after`, or the same one after a while."""
        return await self._status("GET", "/status", params={"after": after, "timeout": _POLL})

    async def _status(self, method: str, path: str, **more: Any) -> RelayStatus:
        try:
            answer = await self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise RelayAway(f"no relay at {self._socket}: {reason}") from error
        if answer.is_error:
            # Its words quote what was sent, and that may hold tokens.
            raise RelayAway(f"the relay refused {method} {path}: {answer.status_code}")
        try:
            return RelayStatus.model_validate_json(answer.content)
        except ValidationError as error:
            raise RelayAway(f"the relay answered something else: {error}") from error
