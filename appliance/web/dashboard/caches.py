"""How full an app's folders are, and emptying what can be made again."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi.responses import Response

from appliance.amounts import size
from appliance.apps.upkeep import Cache
from appliance.control.apphost import AppHostRefused
from appliance.web.account.visit import RefusedError
from appliance.web.dashboard.apps import row
from appliance.web.dashboard.caller import Caller
from appliance.web.dashboard.confirming import Question
from appliance.web.dashboard.places import files_page
from appliance.web.dashboard.wording import lasting

CACHES: tuple[Cache, ...] = ("temp", "examples")
_TITLES = {
    "temp": "Uploads and results",
    "examples": "Cached examples",
    "data": "The app's own files",
}


@dataclass(frozen=True)
class Folder:
    """One of an app's folders."""

    name: str
    title: str
    told: str
    """What is in it, and how long it stays."""
    size: str
    cache: bool
    """Whether it may be emptied here."""


async def files(caller: Caller) -> dict[str, Any]:
    name = caller.app
    app = caller.config.apps[name]
    try:
        found, trouble = await caller.machine.apps.storage(name), ""
    except AppHostRefused as refused:
        found, trouble = None, str(refused)
    keep = lasting(app.cache.temp.keep.total_seconds())
    told = {
        "temp": f"What visitors sent and what the app made of it. Files go {keep} after their "
        "last use.",
        "examples": "Results of the app's examples, computed in advance.",
        "data": "Models it has downloaded, and what else it wants to keep.",
    }
    sizes = found.model_dump() if found else {}
    used, limit = sum(sizes.values()), app.limits.disk
    return {
        "row": row(caller.now, name, datetime.now(UTC)),
        "trouble": trouble,
        "folders": [
            Folder(key, title, told[key], size(sizes[key]), key in CACHES)
            for key, title in _TITLES.items()
            if key in sizes
        ],
        "used": used,
        "limit": limit,
        "used_words": size(used),
        "limit_words": size(limit) if limit else "",
    }


def question(caller: Caller) -> Question:
    name, cache = caller.app, _cache(caller)
    if cache == "temp":
        text = (
            "Pages that are open may lose pictures and files they show. What was touched in the "
            "last minute stays, and so do the files of the app's examples."
        )
    else:
        text = (
            "The app's instances are replaced, one after the other, and the examples are computed "
            "anew. Until then examples of an open page may fail."
        )
    title = f"Empty “{_TITLES[cache]}” of {name}?"
    return Question(title, text, "Empty it", files_page(name))


async def clean(caller: Caller) -> Response:
    name, cache = caller.app, _cache(caller)
    await caller.machine.apps.clean(name, cache)
    caller.audit("app.cleaned", name, name, cache)
    return caller.visit.go(files_page(name), done=f"clean-{cache}")


def _cache(caller: Caller) -> Cache:
    asked = caller.visit.field("cache")
    if asked not in CACHES:
        raise RefusedError(422, "Not offered", "Only what can be made again may be emptied.")
    return asked
