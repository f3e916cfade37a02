"""Keeps certificates good: what is served and what is ordered, side by side."""

import asyncio

from appliance.certs.certbot import Certbot
from appliance.certs.keeping import Places
from appliance.certs.refusals import Refusal
from appliance.control.board import Board
from appliance.control.certificates.obstacles import Obstacles
from appliance.control.certificates.ordering import Ordering
from appliance.control.certificates.serving import Serving
from appliance.control.published import Published

_UNTOLD = Published()


class Certificates:
    """One writer of what visitors are served with. Everything on disk happens in a thread."""

    def __init__(
        self,
        board: Board,
        places: Places,
        published: Published = _UNTOLD,
        certbot: Certbot | None = None,
    ) -> None:
        self.certbot = certbot or Certbot(places.data / "certbot", places.base)
        self._board = board
        obstacles = Obstacles(published)
        self._serving = Serving(board, places, obstacles)
        self._ordering = Ordering(board, places, self.certbot, obstacles, self._serving)

    async def follow(self) -> None:
        """For ever."""
        board = self._board
        await board.until(lambda: board.facts.desired is not None)
        await asyncio.to_thread(self.certbot.hide)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._serving.follow())
            tasks.create_task(self._ordering.follow())

    def renew(self) -> None:
        """Order at once, whatever the calendar says."""
        self._ordering.renew()

    async def revoke(self, fingerprint: str) -> Refusal | None:
        """Revoke a certificate and order another; why not, if the authority refuses.

        Raises `KeyError` if there is none with this fingerprint, `SecretError`, `OSError`.
        """
        refused = await self._ordering.revoke(fingerprint)
        if refused is None:
            await self._serving.serve()
            self._ordering.renew()
        return refused
