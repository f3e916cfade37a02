"""Finds the app in a script that defines one and serves none."""

from collections.abc import Mapping
from typing import Any

import fastapi
import gradio
import uvicorn

from .mounting import gradio_apps

MISSING = (
    "the script ended without serving an app.\n"
    "Looked for: a call of demo.launch() or uvicorn.run(app); a FastAPI app with Gradio mounted; "
    "a gr.Server; a gr.Blocks, gr.Interface, gr.ChatInterface or gr.TabbedInterface named "
    "`demo`, or the only one of any name; a FastAPI app named `app`.\n"
    "Name your app `demo` or end the script with demo.launch()."
)
SEVERAL = "the script defines several apps ({names}) and none is called `demo`."


class NoAppError(Exception):
    """There is no app, or no telling which; the message is for the script's author."""


def serve(names: Mapping[str, object]) -> None:
    """Serves the app among a script's globals. Raises `NoAppError`."""
    app = choose(names)
    if isinstance(app, (gradio.Blocks, gradio.Server)):
        app.launch()
    else:
        uvicorn.run(app, log_level="warning")


def choose(names: Mapping[str, object]) -> Any:
    """The app: one with Gradio mounted, a `gr.Server`, `demo`, the only Blocks, `app`."""
    servers = _instances(names, fastapi.FastAPI)
    mounted = {
        name: app
        for name, app in servers.items()
        if not isinstance(app, gradio.Server) and any(gradio_apps(app, ""))
    }
    for found in (mounted, _instances(names, gradio.Server)):
        if found:
            return found.get("app") or next(iter(found.values()))
    blocks = _outermost(_instances(names, gradio.Blocks))
    if "demo" in blocks:
        return blocks["demo"]
    if len({id(one) for one in blocks.values()}) > 1:
        raise NoAppError(SEVERAL.format(names=", ".join(blocks)))
    if blocks:
        return next(iter(blocks.values()))
    if "app" in servers:
        return servers["app"]
    raise NoAppError(MISSING)


def _instances(names: Mapping[str, object], kind: type) -> dict[str, Any]:
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, kind) and not name.startswith("__")
    }


def _outermost(blocks: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not shown inside another."""
    return {name: one for name, one in blocks.items() if getattr(one, "parent", None) is None}
