"""How full the app's folders are and emptying them, for the app host alone."""

import asyncio
import hmac
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .headers import only, was_forwarded
from .settings import Storage
from .storage import size_of, sweep

HEADER = "x-appliance-upkeep"
_PATH = "/storage"
_UNDER_WAY = 60.0
"""Seconds for which a file in `temp` may belong to an upload or a result that is being made."""


class Upkeep:
    """`GET /storage`, `DELETE /storage/temp` and `DELETE /storage/examples`.

    Whoever does not show the app host's word is answered by the app, as if this were not here.
    """

    def __init__(
        self, app: ASGIApp, storage: Storage, word: str, in_use: Callable[[], Iterable[str]]
    ) -> None:
        self.app = app
        self.storage = storage
        self.word = word.encode()
        self.in_use = in_use

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PATH) or not self._ours(scope):
            await self.app(scope, receive, send)
            return
        answer = await asyncio.to_thread(self._answer, scope["method"], scope["path"])
        await answer(scope, receive, send)

    def _ours(self, scope: Scope) -> bool:
        shown = only(scope["headers"], HEADER.encode())
        if not self.word or shown is None or was_forwarded(scope["headers"]):
            return False
        return hmac.compare_digest(shown, self.word)

    def _answer(self, method: str, path: str) -> JSONResponse:
        if (method, path) == ("DELETE", f"{_PATH}/temp"):
            sweep(self.storage.temp, _UNDER_WAY, time.time(), self.in_use())
        elif (method, path) == ("DELETE", f"{_PATH}/examples"):
            _empty(Path(self.storage.examples))
        elif (method, path) != ("GET", _PATH):
            return JSONResponse({"detail": "There is nothing at this address."}, 404)
        folders = ("temp", "examples", "data")
        return JSONResponse({name: size_of([getattr(self.storage, name)]) for name in folders})


def _empty(folder: Path) -> None:
    for entry in list(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
