"""frp's stream cipher: AES-128 in CFB mode with full-block feedback, one state per direction.

The sender picks the initialisation vector and sends it in clear before its first encrypted byte.
Nothing protects the bytes against change, and with the empty token the key is public: only TLS
gives secrecy.
"""

import hashlib
import secrets

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES

IV_SIZE = 16


def derive_key(token: str) -> bytes:
    """The 16-byte key of a token; the same for both directions and all streams."""
    return hashlib.pbkdf2_hmac("sha1", token.encode(), b"frp", 64, 16)


class Encryptor:
    """One direction we send."""

    __slots__ = ("_context", "_iv")

    def __init__(self, key: bytes, iv: bytes | None = None) -> None:
        self._iv = iv or secrets.token_bytes(IV_SIZE)
        self._context: CipherContext = Cipher(AES(key), CFB(self._iv)).encryptor()

    def encrypt(self, data: bytes | bytearray | memoryview) -> bytes:
        """Ciphertext of the next bytes; the vector stands before the very first."""
        encrypted = self._context.update(data)
        if self._iv and data:
            encrypted, self._iv = self._iv + encrypted, b""
        return encrypted


class Decryptor:
    """One direction we receive."""

    __slots__ = ("_context", "_iv", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._iv = b""
        self._context: CipherContext | None = None

    def decrypt(self, data: bytes | bytearray | memoryview) -> bytes:
        """Clear text of the next bytes, empty as long as the vector is not complete."""
        if self._context is None:
            missing = IV_SIZE - len(self._iv)
            self._iv += data[:missing]
            if len(self._iv) < IV_SIZE:
                return b""
            self._context = Cipher(AES(self._key), CFB(self._iv)).decryptor()
            data = data[missing:]
        return self._context.update(data)
