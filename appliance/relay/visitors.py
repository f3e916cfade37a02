"""How many people visit a share, without knowing who.

An address sets one of 16,384 bits by a hash whose salt is random, of one share and of one day. From
the bits nobody can tell an address, since many share each of them; their number tells how many came
(linear counting: exact for a few, within some percent for tens of thousands).
"""

import math
import os
from hashlib import blake2b
from typing import Final

_BITS: Final = 16_384


class Visitors:
    """Those of one share today; days are counted by UTC. It takes memory from the first one on."""

    __slots__ = ("_bits", "_day", "_elsewhere", "_last", "_salt", "_set")

    def __init__(self) -> None:
        self._bits = bytearray()
        self._day = -1
        self._elsewhere = 0
        self._last = b""
        self._salt = b""
        self._set = 0

    def came(self, address: bytes, day: int) -> None:
        """Count a request from an address."""
        if day != self._day:
            self._begin(day)
        elif address == self._last:
            return
        if not self._bits:
            self._bits = bytearray(_BITS // 8)
            self._salt = os.urandom(16)
        self._last = address
        digest = blake2b(address, digest_size=2, key=self._salt).digest()
        number = int.from_bytes(digest) % _BITS
        byte, bit = number >> 3, 1 << (number & 7)
        if not self._bits[byte] & bit:
            self._bits[byte] |= bit
            self._set += 1

    def add(self, number: int, day: int) -> None:
        """Count those of a day whom another process has seen."""
        if number:
            if day != self._day:
                self._begin(day)
            self._elsewhere += number

    def count(self, day: int) -> int:
        """About how many came on that day, which is today."""
        if day != self._day:
            return 0
        unset = max(_BITS - self._set, 1)
        return self._elsewhere + round(_BITS * math.log(_BITS / unset))

    def _begin(self, day: int) -> None:
        self._bits = bytearray()
        self._day = day
        self._elsewhere = self._set = 0
        self._last = b""
