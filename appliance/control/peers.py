"""Clients of other processes' APIs on their Unix sockets, see docs/architecture.md."""

from pathlib import Path
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from appliance.visits.model import Ask, Reports

POLL = 25
"""Seconds a peer holds a question for its status when there is no news."""
_Document = TypeVar("_Document", bound=BaseModel)


class PeerAway(Exception):  # noqa: N818 - a state of the world, not a fault
    """A process does not answer, or not in its language. The message says why."""


class PeerRefused(Exception):  # noqa: N818 - an answer, not a fault
    """A process will not do it. The message says why, to whoever asked."""


class Peer:
    """One other process. Every method raises `away`, and those that order something `refused`."""

    title: ClassVar[str]
    """`app host`, for sentences."""
    away: ClassVar[type[PeerAway]]
    refused: ClassVar[type[PeerRefused]]
    quotable: ClassVar[bool] = True
    """Whether its words may be told on: they quote what was sent, and that may hold secrets."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self.client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)),
            # The name reaches no resolver; it only has to be one.
            base_url="http://peer",
            timeout=httpx.Timeout(10, read=POLL + 10),
            trust_env=False,
        )

    async def close(self) -> None:
        await self.client.aclose()

    async def metrics(self) -> str:
        """Prometheus' text."""
        return (await self._request("GET", "/metrics")).text

    async def visits(self, ask: Ask) -> Reports:
        """What was counted of visits; it goes on as asked."""
        return await self._document(Reports, "POST", "/visits", content=ask.model_dump_json())

    async def _document(
        self, model: type[_Document], method: str, path: str, **more: Any
    ) -> _Document:
        return self._read(model, await self._request(method, path, **more))

    def _read(
        self, model: type[_Document], answer: httpx.Response, *, secret: bool = False
    ) -> _Document:
        """`secret`: what came must not be quoted."""
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            words = f"the {self.title} answered something else"
            if secret:
                raise self.away(words) from None
            raise self.away(f"{words}: {error}") from error

    async def _order(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Raises `refused` if there is no such thing, or it cannot be done or kept now."""
        fine = (httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.INSUFFICIENT_STORAGE)
        answer = await self._request(method, path, fine=fine, **more)
        if answer.is_error:
            raise self.refused(str(answer.json()["detail"]))
        return answer

    async def _request(
        self, method: str, path: str, *, fine: tuple[int, ...] = (), **more: Any
    ) -> httpx.Response:
        headers = {"Content-Type": "application/json"} if "content" in more else {}
        try:
            answer = await self.client.request(method, path, headers=headers, **more)
        except httpx.HTTPError as error:
            raise self._gone(error) from error
        if answer.is_error and answer.status_code not in fine:
            said = f" {_detail(answer)[:500]}" if self.quotable else ""
            raise self.away(f"the {self.title} refused {method} {path}: {answer.status_code}{said}")
        return answer

    def _gone(self, error: httpx.HTTPError) -> PeerAway:
        return self.away(f"no {self.title} at {self._socket}: {str(error) or type(error).__name__}")


def _detail(answer: httpx.Response) -> str:
    """Its own words, without what holds them."""
    try:
        said = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.text
    return said if isinstance(said, str) else answer.text
