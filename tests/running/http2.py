"""Frames of HTTP/2 that no library would send (RFC 9113)."""

import socket
from urllib.parse import urlsplit

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS = 1, 4


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return (
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    )


def field(name: str, value: str) -> bytes:
    """A literal that no table remembers (RFC 7541, 6.2.2)."""
    told = [part.encode("latin-1") for part in (name, value)]
    return b"\x00" + b"".join(_number(len(part)) + part for part in told)


def _number(number: int) -> bytes:
    """With a prefix of seven bits (RFC 7541, 5.1)."""
    if number < 127:
        return bytes((number,))
    found, rest = bytearray((127,)), number - 127
    while rest >= 128:
        found.append(rest % 128 + 128)
        rest //= 128
    return bytes((*found, rest))


def request(authority: str, path: str) -> bytes:
    """The headers of a GET."""
    told = {":method": "GET", ":scheme": "http", ":authority": authority, ":path": path}
    return b"".join(field(name, value) for name, value in told.items())


def connect(url: str) -> socket.socket:
    """A connection that speaks HTTP/2 without having asked."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0), 30)
    connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
    return connection


def until_over(connection: socket.socket, streams: set[int]) -> bytes:
    """Wait until these have ended or the other side takes its leave; all that came."""
    came, read, left = bytearray(), 0, set(streams)
    try:
        while left and (data := connection.recv(65536)):
            came += data
            while len(came) >= read + 9:
                size = int.from_bytes(came[read : read + 3], "big")
                if len(came) < read + 9 + size:
                    break
                kind, flags = came[read + 3], came[read + 4]
                if kind == GOAWAY:
                    return bytes(came)
                ends = kind in (DATA, HEADERS) and flags & END_STREAM
                if ends or kind == RST_STREAM:
                    left.discard(int.from_bytes(came[read + 5 : read + 9], "big"))
                read += 9 + size
    except (ConnectionResetError, BrokenPipeError):
        pass  # an end like any other
    return bytes(came)
