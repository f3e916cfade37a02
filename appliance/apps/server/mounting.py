"""What every Gradio app in the process gets, however the script made it."""

import functools
import inspect
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import gradio
from gradio import processing_utils, routes, utils
from starlette.types import ASGIApp, Receive, Scope, Send

from .gate import visited_host
from .identity import LOOPBACK_HEADER, named_user
from .replacing import replace
from .settings import FileRules, Settings

_ADDRESSES_KEPT = 16


class LeaveCorsToUs:
    """Stands in for Gradio's CORS middleware, which answers to any origin on a public host."""

    def __init__(self, app: ASGIApp, **_options: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class PerAddress:
    """An attribute with one value for each public host.

    Gradio keeps the API description it made for its first visitor, URLs included, and hands it to
    everybody. In local mode people come by different addresses.
    """

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = f"_appliance_{name}"

    def __get__(self, instance: Any, _owner: type | None = None) -> Any:
        return self._values(instance).get(visited_host.get())

    def __set__(self, instance: Any, value: Any) -> None:
        values = self._values(instance)
        values[visited_host.get()] = value
        if len(values) > _ADDRESSES_KEPT:
            values.popitem(last=False)

    def _values(self, instance: Any) -> "OrderedDict[str, Any]":
        values: OrderedDict[str, Any] = vars(instance).setdefault(self.name, OrderedDict())
        return values


def prepare(settings: Settings) -> None:
    """Changes Gradio once, before the script runs."""
    api_info = PerAddress()
    api_info.__set_name__(routes.App, "api_info")
    create_app = staticmethod(_create_app(routes.App.create_app, settings))
    replace(routes, CustomCORSMiddleware=LeaveCorsToUs)
    replace(routes.App, api_info=api_info, create_app=create_app)
    if settings.files.static:
        gradio.set_static_paths(list(settings.files.static))


def _create_app(original: Any, settings: Settings) -> Any:
    parameters = inspect.signature(original).parameters

    @functools.wraps(original)
    def create_app(blocks: Any, *args: Any, **kwargs: Any) -> Any:
        restrict(blocks, settings.files)
        if "debug" in parameters:
            kwargs["debug"] = False  # visitors would be shown tracebacks
        if not settings.identity.own_login:
            # Whoever gets here has signed in; a second form would ask the same people again.
            blocks.auth = blocks.auth_message = None
        own_login = blocks.auth is not None or kwargs.get("auth_dependency") is not None
        if settings.identity.keys and not own_login:
            kwargs["auth_dependency"] = named_user
        app = original(blocks, *args, **kwargs)
        # Gradio checks the paths that visitors send only in apps it calls launched.
        blocks.has_launched = True
        return app

    return create_app


def restrict(blocks: Any, rules: FileRules) -> None:
    """Adds the YAML's file rules to the script's; the stricter one holds."""
    # A result that is a file is refused wherever it lies unless it is named here, and a cached
    # example is such a result.
    ours = (*rules.allowed, str(utils.get_cache_folder()))
    blocks.allowed_paths = _union(getattr(blocks, "allowed_paths", None), ours)
    blocks.blocked_paths = _union(getattr(blocks, "blocked_paths", None), rules.blocked)
    sizes = (getattr(blocks, "max_file_size", None), rules.max_upload)
    blocks.max_file_size = min((size for size in sizes if size is not None), default=None)


def _union(own: Iterable[str | Path] | None, more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*(str(path) for path in own or ()), *more]))


def gradio_apps(app: object, path: str, depth: int = 8) -> Iterator[tuple[str, Any]]:
    """All Gradio apps in an ASGI app with the full path each is found at (`""`: the root)."""
    if depth == 0 or app is None:
        return
    if isinstance(app, routes.App) and app.blocks is not None:
        yield path, app
        return
    for route in getattr(app, "routes", None) or ():
        if hasattr(route, "app") and hasattr(route, "path") and not hasattr(route, "endpoint"):
            yield from gradio_apps(route.app, path + route.path.rstrip("/"), depth - 1)
    if not hasattr(app, "routes"):
        for name in ("app", "other_asgi_app"):
            yield from gradio_apps(getattr(app, name, None), path, depth - 1)


def place(path: str, app: Any, local_url: str, secret: str) -> None:
    """Tells a Gradio app where it is found, and where it finds itself."""
    blocks = app.get_blocks()
    app.root_path = blocks.root_path = path
    server = getattr(blocks, "mcp_server_obj", None)
    if server is None:
        return
    server.root_path = path
    # Otherwise it would call whatever address the first visitor's headers name.
    server._local_url = f"{local_url}{path}/"  # noqa: SLF001 - as Gradio's own launch does
    _introduce_to_itself(secret)


def _introduce_to_itself(secret: str) -> None:
    """The MCP server's client to this very process shows its secret, and only there."""
    from gradio import mcp  # noqa: PLC0415 - needs an extra that most apps lack

    client: Any = vars(mcp)["Client"]
    if hasattr(client, "introduced"):
        return

    @functools.wraps(client, updated=())
    def introduced(*args: Any, **kwargs: Any) -> Any:
        kwargs["headers"] = {**kwargs.get("headers", {}), LOOPBACK_HEADER: secret}
        return client(*args, **kwargs)

    replace(introduced, introduced=True)
    replace(mcp, Client=introduced)


def files_in_use(apps: Iterable[Any]) -> Iterator[str]:
    """Files in the cache that the pages themselves need: example inputs, default values."""
    for app in apps:
        for block in list(app.get_blocks().blocks.values()):
            yield from list(getattr(block, "keep_in_cache", ()))


def use_seed(seed: bytes) -> None:
    """Makes cache paths the same in every process of this app."""
    processing_utils.hash_seed = seed
