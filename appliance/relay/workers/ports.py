"""Ports that several processes serve: a listening socket each, among which the kernel chooses."""

import errno
import socket
from collections.abc import Iterator
from contextlib import suppress

_BACKLOG = 1024

Group = list[socket.socket]
"""What one process gets: a socket for each kind of address."""


def listening(host: str | None, port: int, count: int) -> list[Group]:
    """`count` groups of sockets. Raises `OSError` if somebody else has the port.

    The sockets stay open here as well: who connects while a process starts anew waits for it.
    """
    found = list(_addresses(host, port))
    for family, address in found:
        # Who shares a port cannot see that another program shares it too.
        _bound(family, address, shared=False).close()
    groups: list[Group] = [[] for _ in range(count)]
    try:
        for group in groups:
            for family, address in found:
                group.append(one := _bound(family, address, shared=True))
                one.listen(_BACKLOG)
                one.setblocking(False)
    except OSError:
        close(groups)
        raise
    return groups


def close(groups: list[Group]) -> None:
    for group in groups:
        for one in group:
            one.close()


def _addresses(host: str | None, port: int) -> Iterator[tuple[int, tuple[str, int]]]:
    """Those that this machine has."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind((address[0], 0))
        except OSError as error:
            if len(found) > 1 and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue
            raise
        yield family, (str(address[0]), int(address[1]))


def _bound(family: int, address: tuple[str, int], *, shared: bool) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            with suppress(OSError):
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        if not shared:
            made.listen(1)
    except OSError:
        made.close()
        raise
    return made
