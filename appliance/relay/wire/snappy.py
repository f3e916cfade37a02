"""The snappy framing format: a stream of chunks, each at most 64 KiB of the original bytes.

A chunk is a type byte, a 24-bit little-endian length and a body. Data chunks begin with the masked
CRC-32C of the original bytes. The first chunk of a stream is the identifier.
"""

from struct import Struct

import cramjam
from google_crc32c import value as crc32c

from appliance.relay.wire.errors import CompressionError

IDENTIFIER = b"\xff\x06\x00\x00sNaPpY"
MAX_CHUNK = 65536
"""Original bytes in a chunk."""

_COMPRESSED = 0x00
_RAW = 0x01
_LAST_FATAL = 0x7F
_STREAM_IDENTIFIER = 0xFF
_CHUNK = Struct("<LL")
_WORD = Struct("<L")
_HEADER_SIZE = 4
# The longest block a compressor makes of 64 KiB.
_MAX_BLOCK = 32 + MAX_CHUNK + MAX_CHUNK // 6
_MAX_BODY = {
    _COMPRESSED: _WORD.size + _MAX_BLOCK,
    _RAW: _WORD.size + MAX_CHUNK,
    _STREAM_IDENTIFIER: len(IDENTIFIER) - _HEADER_SIZE,
}


def masked_checksum(data: bytes) -> int:
    """CRC-32C, rotated and shifted as the format wants it."""
    crc: int = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFF_FFFF


class SnappyEncoder:
    """Bytes to chunks; nothing is held back. A chunk stays raw unless an eighth is saved."""

    __slots__ = ("_compress", "_started")

    def __init__(self, *, compress: bool = True) -> None:
        self._compress = compress
        self._started = False

    def encode(self, data: bytes) -> bytes:
        if not data:
            return b""
        parts: list[bytes | memoryview] = [] if self._started else [IDENTIFIER]
        self._started = True
        for start in range(0, len(data), MAX_CHUNK):
            parts += self._chunk(data[start : start + MAX_CHUNK])
        return b"".join(parts)

    def _chunk(self, piece: bytes) -> tuple[bytes, bytes | memoryview]:
        checksum = masked_checksum(piece)
        if self._compress:
            block = memoryview(cramjam.snappy.compress_raw(piece))
            if len(block) < len(piece) - len(piece) // 8:
                return _header(_COMPRESSED, len(block), checksum), block
        return _header(_RAW, len(piece), checksum), piece


def _header(kind: int, size: int, checksum: int) -> bytes:
    return _CHUNK.pack(kind | (size + _WORD.size) << 8, checksum)


class SnappyDecoder:
    """Chunks to bytes, one chunk a call, so that a small input never grows into much at once."""

    __slots__ = ("_buffer", "_position", "_skip", "_started")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._position = 0
        self._skip = 0
        self._started = False

    @property
    def pending(self) -> int:
        """Bytes received and not decoded yet."""
        return len(self._buffer) - self._position

    def receive_data(self, data: bytes | bytearray | memoryview) -> None:
        if self._skip:
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._position == len(self._buffer):
            self._buffer.clear()
            self._position = 0
        self._buffer += data

    def next_piece(self) -> bytes | None:
        """The bytes of the next complete data chunk, None if there is none. CompressionError."""
        while self.pending >= _HEADER_SIZE:
            (header,) = _WORD.unpack_from(self._buffer, self._position)
            kind, size = header & 0xFF, header >> 8
            self._check(kind, size)
            if kind not in _MAX_BODY:
                self._pass_over(size)
            elif self.pending < _HEADER_SIZE + size:
                return None
            elif kind == _STREAM_IDENTIFIER:
                self._identify(self._take(size))
            elif piece := _unpacked(kind, *self._take_data(size)):
                return piece
        return None

    def _check(self, kind: int, size: int) -> None:
        if not self._started and kind != _STREAM_IDENTIFIER:
            raise CompressionError("no stream identifier")
        if _RAW < kind <= _LAST_FATAL:
            raise CompressionError(f"chunk of reserved type {kind:#x}")
        if size > _MAX_BODY.get(kind, size) or (kind <= _RAW and size < _WORD.size):
            raise CompressionError(f"chunk of type {kind:#x} and {size} bytes")

    def _identify(self, body: bytes) -> None:
        if body != IDENTIFIER[_HEADER_SIZE:]:
            raise CompressionError("wrong stream identifier")
        self._started = True

    def _pass_over(self, size: int) -> None:
        end = self._position + _HEADER_SIZE + size
        self._skip = max(0, end - len(self._buffer))
        self._position = min(end, len(self._buffer))

    def _take_data(self, size: int) -> tuple[int, bytes]:
        (checksum,) = _WORD.unpack_from(self._buffer, self._position + _HEADER_SIZE)
        self._position += _WORD.size
        return checksum, self._take(size - _WORD.size)

    def _take(self, size: int) -> bytes:
        start = self._position + _HEADER_SIZE
        self._position = start + size
        with memoryview(self._buffer) as view:
            body = bytes(view[start : self._position])
        if self._position > MAX_CHUNK:
            del self._buffer[: self._position]
            self._position = 0
        return body


def _unpacked(kind: int, checksum: int, body: bytes) -> bytes:
    piece = _decompressed(body) if kind == _COMPRESSED else body
    if masked_checksum(piece) != checksum:
        raise CompressionError("checksum does not match")
    return piece


def _decompressed(block: bytes) -> bytes:
    try:
        if cramjam.snappy.decompress_raw_len(block) > MAX_CHUNK:
            raise CompressionError(f"block of more than {MAX_CHUNK} bytes")
        return bytes(memoryview(cramjam.snappy.decompress_raw(block)))
    except cramjam.DecompressionError:
        raise CompressionError("broken block") from None
