"""Asking an app's own server about its folders: it alone sees them in every runtime."""

from collections.abc import Iterable
from typing import Literal

import httpx
import structlog
from pydantic import ValidationError

from appliance.apps.model import Storage
from appliance.apps.server.upkeep import HEADER

Cache = Literal["temp", "examples"]
"""What may be emptied; the rest is the app's own."""
_PATIENCE = 60.0
"""Seconds; millions of files take their time."""

_log = structlog.get_logger(__name__)


class NobodyThereError(Exception):
    """No instance of the app answers."""

    def __init__(self, app: str) -> None:
        super().__init__(f"No instance of {app} answers: its folders are seen while it runs only.")


async def storage(app: str, addresses: Iterable[str], word: str) -> Storage:
    """Raises `NobodyThereError`."""
    return await _ask("GET", "/storage", app, addresses, word)


async def clean(app: str, cache: Cache, addresses: Iterable[str], word: str) -> Storage:
    """Empty one cache; what is left afterwards. Raises `NobodyThereError`."""
    left = await _ask("DELETE", f"/storage/{cache}", app, addresses, word)
    _log.info("storage.cleaned", app=app, cache=cache, left=getattr(left, cache))
    return left


async def _ask(method: str, path: str, app: str, addresses: Iterable[str], word: str) -> Storage:
    # trust_env=False: a proxy configured for the machine must not see these.
    async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE, verify=False) as client:  # noqa: S501 - plain HTTP
        for address in addresses:
            try:
                answer = await client.request(method, address + path, headers={HEADER: word})
                return Storage.model_validate_json(answer.raise_for_status().content)
            except (httpx.HTTPError, ValidationError):
                continue
    raise NobodyThereError(app)
