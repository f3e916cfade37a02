"""How examples are cached: as the YAML says, and whole or not at all."""

import fcntl
import functools
import inspect
import shutil
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, Literal

from anyio import to_thread
from gradio import blocks, helpers

from .replacing import replace

CacheMode = Literal["eager", "lazy", "off"]

_COMPLETE = ".complete"
_HIDDEN: dict[str, object] = {"api_visibility": "private", "show_api": False}
"""How Gradio's versions are told to leave an event out of the API."""
_caching: ContextVar[bool] = ContextVar("caching", default=False)


def override(mode: CacheMode | None) -> None:
    """Makes every `gr.Examples` cache as `mode` says, and finish a cache that broke off."""
    original = helpers.Examples.__init__

    @functools.wraps(original)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **_cache_arguments(kwargs, mode))

    if mode is not None:
        replace(helpers.Examples, __init__=init)
    replace(helpers.Examples, cache=_whole_or_nothing(helpers.Examples.cache))
    config = blocks.BlocksConfig
    replace(config, set_event_trigger=_unlisted(config.set_event_trigger))


def _unlisted(original: Callable[..., Any]) -> Callable[..., Any]:
    """While it caches, an app has one more event, which Gradio would describe as an endpoint.

    It keeps the description it made first: a visitor who comes meanwhile would fix it for all.
    """
    names = inspect.signature(original).parameters
    hidden = {name: value for name, value in _HIDDEN.items() if name in names}

    @functools.wraps(original)
    def set_event_trigger(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **({**kwargs, **hidden} if _caching.get() else kwargs))

    return set_event_trigger


def _cache_arguments(given: dict[str, Any], mode: CacheMode | None) -> dict[str, Any]:
    if mode == "off" or given.get("fn") is None or given.get("outputs") is None:
        return {**given, "cache_examples": False}
    return {**given, "cache_examples": True, "cache_mode": mode}


def _whole_or_nothing(cache: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Gradio takes any cache it finds for whole, even one that a crash left half done."""

    async def cache_unlisted(*args: Any, **kwargs: Any) -> Any:
        token = _caching.set(True)
        try:
            return await cache(*args, **kwargs)
        finally:
            _caching.reset(token)

    @functools.wraps(cache)
    async def cache_all(self: Any, example_id: int | None = None, *args: Any, **kwargs: Any) -> Any:
        if example_id is not None:
            return await cache_unlisted(self, example_id, *args, **kwargs)
        folder = Path(self.cached_folder)
        # Replicas start together: one caches, the others wait for it.
        lock = await to_thread.run_sync(_locked, folder.with_name(f"{folder.name}.lock"))
        try:
            await to_thread.run_sync(_drop_partial, folder)
            result = await cache_unlisted(self, example_id, *args, **kwargs)
            await to_thread.run_sync(_mark_complete, folder)
        finally:
            lock.close()
        return result

    return cache_all


def _locked(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _drop_partial(folder: Path) -> None:
    if folder.is_dir() and not (folder / _COMPLETE).exists():
        shutil.rmtree(folder, ignore_errors=True)


def _mark_complete(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / _COMPLETE).touch()
