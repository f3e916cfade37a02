"""Takes over the ways a script starts serving, with their own semantics otherwise."""

import functools
import importlib
import inspect
import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import gradio
import uvicorn
from gradio import http_server, networking, routes
from uvicorn.importer import import_from_string

from . import mounting
from .hosting import Hosting
from .replacing import replace

NETWORK = {
    "inbrowser": False,
    "inline": False,
    "node_port": None,
    "node_server_name": None,
    "num_workers": None,
    "quiet": True,
    "root_path": "",
    "server_name": None,
    "server_port": None,
    "share": False,
    "share_server_address": None,
    "share_server_protocol": None,
    "share_server_tls_certificate": None,
    "ssl_certfile": None,
    "ssl_keyfile": None,
    "ssl_keyfile_password": None,
    "ssr_mode": False,
    "strict_cors": True,
}
"""What the appliance decides in place of the script, as far as a Gradio version has it."""


def overridden(signature: inspect.Signature, args: Any, kwargs: Any) -> inspect.BoundArguments:
    """The script's arguments with ours in their place. Raises TypeError as the function would."""
    bound = signature.bind(*args, **kwargs)
    for name, value in NETWORK.items():
        if name in signature.parameters:
            bound.arguments[name] = value
    if "enable_monitoring" in signature.parameters:
        # None means open to everybody; only a script that asks for it gets it.
        bound.arguments["enable_monitoring"] = bool(bound.arguments.get("enable_monitoring"))
    return bound


def install(hosting: Hosting) -> None:
    """Replaces Gradio's and uvicorn's ways to serve."""
    mounting.prepare(hosting.settings)
    mount = _with_overrides(gradio.mount_gradio_app)
    replace(gradio.Blocks, launch=_with_overrides(gradio.Blocks.launch))
    replace(gradio, mount_gradio_app=mount)
    replace(routes, mount_gradio_app=mount)
    replace(http_server, start_server=_start_server(hosting, http_server.start_server))
    # Gradio asks its page over the network and gives up where that is merely slow.
    replace(networking, url_ok=lambda _url: True)
    run = _in_one_process(uvicorn.run)
    replace(uvicorn, run=run)
    replace(importlib.import_module("uvicorn.main"), run=run)
    replace(uvicorn.Server, serve=_serve(hosting, uvicorn.Server.serve))


def _with_overrides(original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @functools.wraps(original)
    def replaced(*args: Any, **kwargs: Any) -> Any:
        bound = overridden(signature, args, kwargs)
        return original(*bound.args, **bound.kwargs)

    return replaced


def _in_one_process(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(app: Any, **kwargs: Any) -> Any:
        return original(app, **{**kwargs, "reload": False, "workers": 1})

    return run


def _start_server(hosting: Hosting, original: Callable[..., Any]) -> Callable[..., Any]:
    """Stands in for the server that `launch` starts in a thread and then waits for."""

    @functools.wraps(original)
    def start_server(app: Any, *_args: Any, **_kwargs: Any) -> tuple[str, int, str, Any]:
        if hosting.taken:
            place: tuple[str, int, str, Any] = original(app, server_name="127.0.0.1")
            _say(f"A second app was launched; visitors get the first. It answers at {place[2]}")
            return place
        config = uvicorn.Config(hosting.take(app), log_level="warning", **hosting.options())
        server = http_server.Server(config)
        hosting.attend(server)
        thread = _Running(server, hosting)
        server.thread = thread
        thread.start()
        thread.wait_until_started()
        settings = hosting.settings
        return (
            settings.listen_host,
            settings.listen_port,
            f"{hosting.origin}{hosting.prefix}/",
            server,
        )

    return start_server


class _Running(threading.Thread):
    """The server's thread; unlike Gradio's it has no deadline and loses no error."""

    def __init__(self, server: uvicorn.Server, hosting: Hosting) -> None:
        super().__init__(name="server", daemon=True)
        self.server = server
        self.hosting = hosting
        self.progress = threading.Event()

    def run(self) -> None:
        startup = self.server.startup

        async def announced(sockets: Any = None) -> None:
            await startup(sockets=sockets)
            self.progress.set()

        replace(self.server, startup=announced)
        self.hosting.thread = self
        try:
            self.server.run()
        finally:
            self.hosting.leave()
            self.progress.set()
        if self.server.started and not self.server.should_exit:
            _say("The server ended unexpectedly.")
            os._exit(1)  # the script waits for it in the main thread and would wait for ever

    def wait_until_started(self) -> None:
        """Raises SystemExit if the server could not start; uvicorn has said why."""
        self.progress.wait()
        if not self.server.started:
            raise SystemExit(1)


def _serve(hosting: Hosting, original: Callable[..., Any]) -> Callable[..., Any]:
    """Puts an app that the script itself gives to uvicorn in our place."""

    @functools.wraps(original)
    async def serve(self: uvicorn.Server, sockets: Any = None) -> None:
        if self is hosting.server or not _is_meant(hosting, self.config):
            await original(self, sockets)
            return
        _adopt(hosting, self.config)
        hosting.attend(self)
        try:
            await original(self, None)
        finally:
            hosting.leave()
        if hosting.stop_requested:
            raise SystemExit(0)

    return serve


def _is_meant(hosting: Hosting, config: uvicorn.Config) -> bool:
    """Whether visitors are to get this app: it has a Gradio app, or the script waits for it."""
    if hosting.taken:
        return False
    if threading.current_thread() is threading.main_thread():
        return True
    return any(mounting.gradio_apps(config.app, ""))


def _adopt(hosting: Hosting, config: uvicorn.Config) -> None:
    app: Any = import_from_string(config.app) if isinstance(config.app, str) else config.app
    config.app = hosting.take(app() if config.factory else app)
    config.factory = False
    config.interface = "asgi3"
    for name, value in hosting.options().items():
        setattr(config, name, value)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the app's log is its output
