"""Frames of HTTP/2 that no library would send (RFC 9113)."""

import socket
from urllib.parse import urlsplit

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 1, 3, 4, 6, 7, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return (
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    )


def field(name: str, value: str) -> bytes:
    """A literal that no table remembers (RFC 7541, 6.2.2); at most 126 characters each."""
    told = [part.encode() for part in (name, value)]
    return b"\x00" + b"".join(bytes((len(part),)) + part for part in told)


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
