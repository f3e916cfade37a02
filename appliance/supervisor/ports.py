"""Whether the appliance may listen where the YAML says, and if not, why and what to do."""

import errno
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Obstacle:
    """Why an address cannot be used."""

    summary: str
    remedy: str


def obstacle(address: str, key: str) -> Obstacle | None:
    """`address` is `host:port` or `:port`; `key` is the YAML's, e.g. `ports.local`."""
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        # As Traefik does: connections of an earlier run that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            return _explain(error, int(port), key)
    return None


def _explain(error: OSError, port: int, key: str) -> Obstacle:
    if error.errno == errno.EADDRINUSE:
        return Obstacle(
            f"Port {port} is in use by {_listener(port)}.",
            f"End it, or choose another port: set {key} in the YAML.",
        )
    if error.errno == errno.EACCES:
        return Obstacle(
            f"Port {port} is reserved for root on this machine.",
            f"Allow it, until the machine is restarted, with `sudo sysctl "
            f"net.ipv4.ip_unprivileged_port_start={port}` (docs/quickstart.md has it for good), "
            f"use `scripts/up --compose`, or set {key} to a port above 1023.",
        )
    return Obstacle(
        f"Port {port} cannot be used: {error.strerror}.", f"Set {key} in the YAML to another port."
    )


def _listener(port: int) -> str:
    pid = next((pid for pid, listens in _listening() if listens == port), None)
    if pid is None:
        return f"another user's process (`sudo ss -ltnp 'sport = :{port}'` names it)"
    try:
        return f"{psutil.Process(pid).name()} (process {pid})"
    except psutil.Error:
        return f"process {pid}"


def _listening() -> Iterator[tuple[int | None, int]]:
    # macOS asks for root even for one's own processes.
    with suppress(psutil.AccessDenied):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr:
                yield connection.pid, connection.laddr.port
