"""Client of the app host's API on its Unix socket, see docs/architecture.md."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Literal

import httpx
from pydantic import ValidationError

from appliance.apps.model import Desired, HostStatus, Storage
from appliance.apps.thumbnails import Picture
from appliance.apps.upkeep import Cache
from appliance.visits.model import Ask, Reports

_POLL = 25
"""Seconds the app host holds a `GET /apps?after=` when there is no news."""
_LONG = 70
"""Seconds for what walks through all files of an app."""


class AppHostAway(Exception):  # noqa: N818 - a state of the world, not a fault
    """The app host does not answer, or not in its language. The message says why."""


class AppHostRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The app host will not do it. The message says why, to whoever asked."""


Verb = Literal["deploy", "restart", "rollback"]
Written = Literal["logs", "build"]
"""What an app wrote, or whoever made its environment."""


class AppHost:
    """One app host. Every method raises `AppHostAway`."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)),
            base_url="http://apps",
            timeout=httpx.Timeout(10, read=_POLL + 10),
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def want(self, desired: Desired) -> HostStatus:
        """Say what should run."""
        return await self._status("PUT", "/apps", content=desired.model_dump_json())

    async def status(self, after: int) -> HostStatus:
        """The status once its version exceeds `after`, or the same one after a while."""
        return await self._status("GET", "/apps", params={"after": after, "timeout": _POLL})

    async def routed(self, app: str, instances: Iterable[str]) -> None:
        """Say that visitors of `app` are sent to exactly these instances.

        An app that is gone meanwhile needs no telling.
        """
        path, body = f"/apps/{app}/routed", {"instances": list(instances)}
        await self._request("POST", path, json=body, fine=(httpx.codes.NOT_FOUND,))

    async def metrics(self) -> str:
        """Prometheus' text."""
        return (await self._request("GET", "/metrics")).text

    async def visits(self, ask: Ask) -> Reports:
        """What was counted of visits; it goes on as asked."""
        answer = await self._request("POST", "/visits", content=ask.model_dump_json())
        try:
            return Reports.model_validate_json(answer.content)
        except ValidationError as error:
            raise AppHostAway(f"the app host answered something else: {error}") from error

    async def act(self, app: str, verb: Verb, to: str | None = None) -> None:
        """Begin to do it; `to` is the release of a rollback. Raises `AppHostRefused`."""
        body = {"to": to} if verb == "rollback" else None
        fine = (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT)
        answer = await self._request("POST", f"/apps/{app}/{verb}", json=body, fine=fine)
        if answer.is_error:
            raise AppHostRefused(str(answer.json()["detail"]))

    async def storage(self, app: str) -> Storage:
        """How full its folders are. Raises `AppHostRefused` while no instance answers."""
        return self._storage(await self._upkeep("GET", f"/apps/{app}/storage"))

    async def clean(self, app: str, cache: Cache) -> Storage:
        """Empty a cache; what is left. Raises `AppHostRefused` while no instance answers."""
        return self._storage(await self._upkeep("DELETE", f"/apps/{app}/storage/{cache}"))

    async def thumbnail(self, app: str) -> Picture | None:
        """What the app looks like, by a file of its source."""
        path = f"/apps/{app}/thumbnail"
        answer = await self._request("GET", path, fine=(httpx.codes.NOT_FOUND,))
        if answer.is_error:
            return None
        return Picture(answer.content, answer.headers["content-type"])

    async def _upkeep(self, method: str, path: str) -> httpx.Response:
        fine = (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT)
        answer = await self._request(method, path, fine=fine, timeout=_LONG)
        if answer.is_error:
            raise AppHostRefused(str(answer.json()["detail"]))
        return answer

    @staticmethod
    def _storage(answer: httpx.Response) -> Storage:
        try:
            return Storage.model_validate_json(answer.content)
        except ValidationError as error:
            raise AppHostAway(f"the app host answered something else: {error}") from error

    async def lines(
        self, app: str, what: Written, *, tail: int, follow: bool
    ) -> AsyncIterator[str]:
        """The last `tail` lines; `follow` goes on as there are more. None of an unknown app."""
        path, query = f"/apps/{app}/{what}", {"tail": tail, "follow": follow}
        timeout = httpx.Timeout(10, read=None if follow else 10)
        try:
            async with self._client.stream("GET", path, params=query, timeout=timeout) as answer:
                if answer.is_error:
                    return
                async for line in answer.aiter_lines():
                    yield line
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise AppHostAway(f"no app host at {self._socket}: {reason}") from error

    async def _status(self, method: str, path: str, **more: Any) -> HostStatus:
        answer = await self._request(method, path, **more)
        try:
            return HostStatus.model_validate_json(answer.content)
        except ValidationError as error:
            raise AppHostAway(f"the app host answered something else: {error}") from error

    async def _request(
        self, method: str, path: str, *, fine: tuple[int, ...] = (), **more: Any
    ) -> httpx.Response:
        headers = {"Content-Type": "application/json"} if "content" in more else {}
        try:
            answer = await self._client.request(method, path, headers=headers, **more)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise AppHostAway(f"no app host at {self._socket}: {reason}") from error
        if answer.is_error and answer.status_code not in fine:
            said = answer.text[:500]
            raise AppHostAway(f"the app host refused {method} {path}: {answer.status_code} {said}")
        return answer
