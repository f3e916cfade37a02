"""Client of the relay's API on its Unix socket, see docs/architecture.md."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from appliance.relay.model import (
    Desired,
    Extension,
    KeyRequest,
    KeyStatus,
    Lifetime,
    MadeKey,
    RelayStatus,
    Shares,
)
from appliance.visits.model import Ask, Reports

_POLL = 25
"""Seconds the relay holds a `GET /status?after=` when there is no news."""
_KEYS = TypeAdapter(tuple[KeyStatus, ...])


class RelayAway(Exception):  # noqa: N818 - a state of the world, not a fault
    """The relay does not answer, or not in its language. The message says why."""


class RelayRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The relay will not do it. The message says why, to whoever asked."""


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

    async def shares(self) -> Shares:
        """Every name that is remembered."""
        answer = await self._request("GET", "/shares")
        try:
            return Shares.model_validate_json(answer.content)
        except ValidationError as error:
            raise RelayAway(f"the relay answered something else: {error}") from error

    async def metrics(self) -> str:
        """Prometheus' text."""
        return (await self._request("GET", "/metrics")).text

    async def visits(self, ask: Ask) -> Reports:
        """What was counted of visits; it goes on as asked."""
        headers = {"Content-Type": "application/json"}
        body = ask.model_dump_json()
        answer = await self._request("POST", "/visits", content=body, headers=headers)
        try:
            return Reports.model_validate_json(answer.content)
        except ValidationError as error:
            raise RelayAway(f"the relay answered something else: {error}") from error

    async def kick(self, name: str) -> None:
        """End a share. Raises `RelayRefused`."""
        await self._act(f"/shares/{quote(name, safe='')}/kick", None)

    async def extend(self, name: str, by: Lifetime) -> None:
        """Let a share live longer. Raises `RelayRefused`."""
        await self._act(f"/shares/{quote(name, safe='')}/extend", Extension(by=by).model_dump())

    async def keys(self) -> tuple[KeyStatus, ...]:
        """All keys, also those that were revoked."""
        answer = await self._request("GET", "/keys")
        try:
            return _KEYS.validate_json(answer.content)
        except ValidationError as error:
            raise RelayAway(f"the relay answered something else: {error}") from error

    async def make_key(self, asked: KeyRequest) -> MadeKey:
        """A key with its secrets, this once. Raises `RelayRefused`."""
        answer = await self._request(
            "POST", "/keys", json=asked.model_dump(), fine=(httpx.codes.CONFLICT,)
        )
        if answer.is_error:
            raise RelayRefused(str(answer.json()["detail"]))
        try:
            return MadeKey.model_validate_json(answer.content)
        except ValidationError:
            # Its words quote what came, and that is a secret.
            raise RelayAway("the relay answered something else") from None

    async def revoke_key(self, name: str) -> None:
        """End what is shared with a key too. Raises `RelayRefused`."""
        path = f"/keys/{quote(name, safe='')}"
        answer = await self._request("DELETE", path, fine=(httpx.codes.NOT_FOUND,))
        if answer.is_error:
            raise RelayRefused(str(answer.json()["detail"]))

    async def _act(self, path: str, body: dict[str, Any] | None) -> None:
        answer = await self._request("POST", path, json=body, fine=(httpx.codes.NOT_FOUND,))
        if answer.is_error:
            raise RelayRefused(str(answer.json()["detail"]))

    async def _status(self, method: str, path: str, **more: Any) -> RelayStatus:
        answer = await self._request(method, path, **more)
        try:
            return RelayStatus.model_validate_json(answer.content)
        except ValidationError as error:
            raise RelayAway(f"the relay answered something else: {error}") from error

    async def _request(
        self, method: str, path: str, *, fine: tuple[int, ...] = (), **more: Any
    ) -> httpx.Response:
        try:
            answer = await self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise RelayAway(f"no relay at {self._socket}: {reason}") from error
        if answer.is_error and answer.status_code not in fine:
            # Its words quote what was sent, and that may hold tokens.
            raise RelayAway(f"the relay refused {method} {path}: {answer.status_code}")
        return answer
