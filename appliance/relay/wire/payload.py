"""The bytes of a work stream: the app's, compressed, then encrypted, each if the proxy says so."""

from collections import deque

from appliance.relay.wire.cipher import Decryptor, Encryptor
from appliance.relay.wire.snappy import SnappyDecoder, SnappyEncoder


class PayloadWriter:
    """From the app's bytes to the stream's. `key` is None without encryption."""

    __slots__ = ("_cipher", "_snappy")

    def __init__(self, *, key: bytes | None, compression: bool) -> None:
        self._snappy = SnappyEncoder() if compression else None
        self._cipher = Encryptor(key) if key else None

    def encode(self, data: bytes) -> bytes:
        if self._snappy is not None:
            data = self._snappy.encode(data)
        if self._cipher is not None:
            data = self._cipher.encrypt(data)
        return data


class PayloadReader:
    """From the stream's bytes to the app's, piece by piece, and when the stream may send more."""

    __slots__ = ("_cipher", "_plain", "_snappy", "_unreported")

    def __init__(self, *, key: bytes | None, compression: bool) -> None:
        self._cipher = Decryptor(key) if key else None
        self._snappy = SnappyDecoder() if compression else None
        self._plain: deque[bytes | memoryview] = deque()
        self._unreported = 0

    def receive_data(self, data: bytes | memoryview) -> None:
        self._unreported += len(data)
        clear = self._cipher.decrypt(data) if self._cipher is not None else data
        if self._snappy is not None:
            self._snappy.receive_data(clear)
        elif len(clear):
            self._plain.append(clear)

    def next_piece(self) -> bytes | None:
        """The app's next bytes, None if there are none. At most 64 KiB if compressed."""
        if self._snappy is not None:
            return self._snappy.next_piece()
        return bytes(self._plain.popleft()) if self._plain else None

    def take_consumed(self) -> int:
        """The stream's bytes that all came out of `next_piece` since the last call.

        Hand them to `Session.consumed` once the pieces were passed on.
        """
        waiting = self._snappy.pending if self._snappy is not None else sum(map(len, self._plain))
        consumed = self._unreported - waiting
        self._unreported = waiting
        return consumed
