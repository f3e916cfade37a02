"""The 12-byte header every yamux frame starts with.

Big-endian: version u8 (always 0), type u8, flags u16, stream u32, length u32. Only data frames
carry a payload; for the others `length` is an increment, an opaque value or a reason.
"""

from struct import Struct

HEADER = Struct(">BBHLL")
HEADER_SIZE = HEADER.size

VERSION = 0

DATA = 0
WINDOW_UPDATE = 1
PING = 2
GO_AWAY = 3

SYN = 1
ACK = 2
FIN = 4
RST = 8

INITIAL_WINDOW = 262144
"""Bytes either side may send on a new stream before any window update."""

MAX_WINDOW = 0xFFFF_FFFF


def data(stream: int, length: int, flags: int = 0) -> bytes:
    """Header of a data frame; `length` bytes of payload follow."""
    return HEADER.pack(VERSION, DATA, flags, stream, length)


def window_update(stream: int, increment: int, flags: int = 0) -> bytes:
    return HEADER.pack(VERSION, WINDOW_UPDATE, flags, stream, increment)


def ping(value: int) -> bytes:
    return HEADER.pack(VERSION, PING, SYN, 0, value)


def pong(value: int) -> bytes:
    return HEADER.pack(VERSION, PING, ACK, 0, value)


def go_away(code: int) -> bytes:
    return HEADER.pack(VERSION, GO_AWAY, 0, 0, code)
