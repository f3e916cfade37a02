"""One Traefik with several doors to the same back end, ours among them."""

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from appliance import disk
from appliance.config.schema import Config
from appliance.proxy.files import SHARED
from appliance.proxy.routes import routes
from tests.running import statuses
from tests.running.process import answers, child, free_port, wait_until
from tests.running.traefik import Proxy, binary, traefik, until

HERE = Path(__file__).parent
OPEN, CLOSED = "open.bench.example", "closed.bench.example"
CONFIG = Config.model_validate(
    {
        "domain": "bench.example",
        "tls": {"mode": "off"},
        "auth": {},
        "apps": {
            "open": {"source": "x", "access": "public"},
            "closed": {"source": "x", "access": {"groups": ["lab"]}},
        },
    }
)
CREDENTIALS = "credentials.json"
_NAME, _WORD = "ada", "correct horse"
_BASIC = "Basic " + base64.b64encode(f"{_NAME}:{_WORD}".encode()).decode()


class Lane(NamedTuple):
    """One kind of request."""

    name: str
    host: str
    headers: tuple[str, ...] = ()
    refused: bool = False
    """Whether 401 is the right answer."""
    ours: bool = False


class Houses(NamedTuple):
    proxy: Proxy
    control: int
    """Process of our ForwardAuth."""
    lanes: tuple[Lane, ...]
    """The first has no door at all."""


@contextmanager
def houses(folder: Path) -> Iterator[Houses]:
    with ExitStack() as stack:
        back, yes, forward = (free_port() for _ in range(3))
        backend = [sys.executable, str(HERE.parent / "sharing" / "backend.py"), str(back)]
        stack.enter_context(child(backend, folder=folder, log=folder / "back.log", environment={}))
        stack.enter_context(_says_yes(folder, yes))
        control = stack.enter_context(_control(folder, forward))
        proxy = stack.enter_context(traefik(folder))
        upstream, url = f"http://127.0.0.1:{back}", f"http://127.0.0.1:{forward}"
        live = statuses.host(*(statuses.live(name, upstream) for name in CONFIG.apps))
        proxy.apply(routes(CONFIG, live, url, url))
        disk.write(proxy.folder.dynamic / "others.yml", _others(upstream, yes), SHARED)
        until(lambda: "none@file" in proxy.rawdata()["routers"])
        shown = json.loads((folder / CREDENTIALS).read_text())
        yield Houses(proxy, control, _lanes(shown["session"], shown["token"]))


def _lanes(session: str, token: str) -> tuple[Lane, ...]:
    return (
        Lane("no door", "none.bench.example"),
        Lane("Traefik's basicAuth", "basic.bench.example", (f"Authorization: {_BASIC}",)),
        Lane("ForwardAuth to a Go program that says yes", "yes.bench.example"),
        Lane("public app, a stranger", OPEN, ours=True),
        Lane("session", CLOSED, (f"Cookie: appliance-session={session}; theme=dark",), ours=True),
        Lane("token", CLOSED, (f"Authorization: Bearer {token}",), ours=True),
        Lane("denied", CLOSED, refused=True, ours=True),
    )


@contextmanager
def _says_yes(folder: Path, port: int) -> Iterator[None]:
    """Another Traefik's `/ping`: the least that any ForwardAuth service in Go can do."""
    command = [str(binary()), f"--entryPoints.ping.address=127.0.0.1:{port}"]
    command += ["--ping=true", "--ping.entryPoint=ping", "--global.checkNewVersion=false"]
    log = folder / "yes.log"
    with child(command, folder=folder, log=log, environment={}) as process:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/ping"), process, log, 60)
        yield


@contextmanager
def _control(folder: Path, port: int) -> Iterator[int]:
    command = [sys.executable, str(HERE / "serving.py"), str(folder), str(port)]
    log = folder / "control.log"
    with child(command, folder=folder, log=log, environment={}) as process:
        url = f"http://127.0.0.1:{port}/app/open"
        wait_until(lambda: answers(url), process, log, 60)
        yield process.pid


def _others(upstream: str, yes: int) -> str:
    """Routes of the doors that are not ours, on the entry point that is."""
    # The quickest hash that basicAuth knows: a good one would be measured instead of the door.
    digest = base64.b64encode(hashlib.sha1(_WORD.encode()).digest()).decode()  # noqa: S324
    doors = {
        "basic": {"basicAuth": {"users": [f"{_NAME}:{{SHA}}{digest}"]}},
        "yes": {"forwardAuth": {"address": f"http://127.0.0.1:{yes}/ping"}},
    }
    routers = {
        name: {
            "rule": f"Host(`{name}.bench.example`)",
            "service": "back",
            "entryPoints": ["http"],
            "priority": 100_000,
            "middlewares": [name] if name in doors else [],
        }
        for name in ("none", *doors)
    }
    service = {"loadBalancer": {"servers": [{"url": upstream}]}}
    http = {"routers": routers, "services": {"back": service}, "middlewares": doors}
    return json.dumps({"http": http})
