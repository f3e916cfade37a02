"""The app host, as the control process knows it."""

from collections.abc import AsyncIterator, Iterable
from typing import Literal

import httpx

from appliance.apps.model import Desired, HostStatus, Storage
from appliance.apps.thumbnails import Picture
from appliance.apps.upkeep import Cache
from appliance.control.peers import POLL, Peer, PeerAway, PeerRefused

_LONG = 70
"""Seconds for what walks through all files of an app."""


class AppHostAway(PeerAway):
    """The app host does not answer, or not in its language."""


class AppHostRefused(PeerRefused):
    """The app host will not do it."""


Verb = Literal["deploy", "restart", "rollback"]
Written = Literal["logs", "build"]
"""What an app wrote, or whoever made its environment."""


class AppHost(Peer):
    title, away, refused = "app host", AppHostAway, AppHostRefused

    async def want(self, desired: Desired) -> HostStatus:
        """Say what should run."""
        return await self._document(HostStatus, "PUT", "/apps", content=desired.model_dump_json())

    async def status(self, after: int) -> HostStatus:
        """The status once its version exceeds `after`, or the same one after a while."""
        query = {"after": after, "timeout": POLL}
        return await self._document(HostStatus, "GET", "/apps", params=query)

    async def routed(self, app: str, instances: Iterable[str]) -> None:
        """Say that visitors of `app` are sent to exactly these instances.

        An app that is gone meanwhile needs no telling.
        """
        path, body = f"/apps/{app}/routed", {"instances": list(instances)}
        await self._request("POST", path, json=body, fine=(httpx.codes.NOT_FOUND,))

    async def act(self, app: str, verb: Verb, to: str | None = None) -> None:
        """Begin to do it; `to` is the release of a rollback."""
        body = {"to": to} if verb == "rollback" else None
        await self._order("POST", f"/apps/{app}/{verb}", json=body)

    async def storage(self, app: str) -> Storage:
        """How full its folders are. Refused while no instance answers."""
        return self._read(Storage, await self._order("GET", f"/apps/{app}/storage", timeout=_LONG))

    async def clean(self, app: str, cache: Cache) -> Storage:
        """Empty a cache; what is left. Refused while no instance answers."""
        path = f"/apps/{app}/storage/{cache}"
        return self._read(Storage, await self._order("DELETE", path, timeout=_LONG))

    async def thumbnail(self, app: str) -> Picture | None:
        """What the app looks like, by a file of its source."""
        path = f"/apps/{app}/thumbnail"
        answer = await self._request("GET", path, fine=(httpx.codes.NOT_FOUND,))
        if answer.is_error:
            return None
        return Picture(answer.content, answer.headers["content-type"])

    async def lines(
        self, app: str, what: Written, *, tail: int, follow: bool
    ) -> AsyncIterator[str]:
        """The last `tail` lines; `follow` goes on as there are more. None of an unknown app."""
        path, query = f"/apps/{app}/{what}", {"tail": tail, "follow": follow}
        timeout = httpx.Timeout(10, read=None if follow else 10)
        try:
            async with self.client.stream("GET", path, params=query, timeout=timeout) as answer:
                if answer.is_error:
                    return
                async for line in answer.aiter_lines():
                    yield line
        except httpx.HTTPError as error:
            raise self._gone(error) from error
