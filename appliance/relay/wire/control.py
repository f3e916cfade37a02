"""The control stream after the login: messages, encrypted in both directions."""

from appliance.relay.wire.cipher import Decryptor, Encryptor
from appliance.relay.wire.framing import MessageReader, Unknown, encode
from appliance.relay.wire.messages import Message


class ControlChannel:
    """One side of the control stream; `key` is that of the token the client logged in with."""

    __slots__ = ("_decryptor", "_encryptor", "_reader")

    def __init__(self, key: bytes) -> None:
        self._encryptor = Encryptor(key)
        self._decryptor = Decryptor(key)
        self._reader = MessageReader()

    def encode(self, *messages: Message) -> bytes:
        """The bytes that carry these messages; they must be sent in the order they were made."""
        return self._encryptor.encrypt(b"".join(map(encode, messages)))

    def receive_data(self, data: bytes | memoryview) -> None:
        self._reader.receive_data(self._decryptor.decrypt(data))

    def next_message(self) -> Message | Unknown | None:
        """The next message, None if it is not complete. MessageError, also for a wrong key."""
        return self._reader.next_message()
