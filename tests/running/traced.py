"""Whom a program calls: every attempt of all its processes, as the kernel sees it."""

import ipaddress
import re
from pathlib import Path

# Where names are asked for is a connection too, wherever the resolver listens.
STRACE = (
    "strace",
    "--follow-forks",
    "--quiet=all",
    "--trace=connect,sendto,sendmsg,sendmmsg,listen",
)
_ADDRESS = re.compile(
    r"sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\), "
    r".*?(?:inet_addr\(|inet_pton\(AF_INET6, )\"(?P<host>[^\"]+)\""
)
_NAMES = 53


def strangers(trace: Path) -> list[str]:
    """Attempts that were not for this machine alone. Who asks for a name means another."""
    attempts = (_ADDRESS.search(line) for line in trace.read_text().splitlines())
    return [
        found[0]
        for found in attempts
        if found
        and (int(found["port"]) == _NAMES or not ipaddress.ip_address(found["host"]).is_loopback)
    ]
