"""Messages to bytes and back."""

import json
from struct import Struct
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from appliance.relay.wire.errors import MessageError
from appliance.relay.wire.messages import MESSAGES, Message

HEADER = Struct(">Bq")
MAX_LENGTH = 10240
"""Bytes of JSON; both frp peers refuse more."""


class Unknown(NamedTuple):
    """A message of a type this package has no model for."""

    type_byte: int
    body: bytes


def encode(message: Message) -> bytes:
    """The message as sent. MessageError if it is too long for any peer."""
    fields = {name: value for name, value in message if value not in ("", 0, (), {})}
    body = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    if len(body) > MAX_LENGTH:
        raise MessageError(f"message of {len(body)} bytes, {MAX_LENGTH} allowed")
    return HEADER.pack(message.type_byte, len(body)) + body


def decode(type_byte: int, body: bytes) -> Message | Unknown:
    """A message from its parts. MessageError names the wrong fields, never their values."""
    kind = MESSAGES.get(type_byte)
    if kind is None:
        return Unknown(type_byte, body)
    try:
        # Like Go: bytes that are no UTF-8 become replacement characters.
        return kind.model_validate(from_json(body.decode("utf-8", "replace")))
    except ValidationError as error:
        wrong = {str(detail["loc"][0]) if detail["loc"] else "body" for detail in error.errors()}
        fields = ", ".join(sorted(wrong))
        raise MessageError(f"{kind.__name__}: wrong type or range: {fields}") from None
    except ValueError:
        raise MessageError(f"{kind.__name__}: not JSON") from None


class MessageReader:
    """Cuts a byte stream into messages, one at a time: what follows a message may not be one."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes | bytearray | memoryview) -> None:
        self._buffer += data

    def next_message(self) -> Message | Unknown | None:
        """The next message, None if it is not complete. MessageError ends the stream's use."""
        buffer = self._buffer
        if len(buffer) < HEADER.size:
            return None
        type_byte, length = HEADER.unpack_from(buffer)
        if not 0 < length <= MAX_LENGTH:
            raise MessageError(f"message of {length} bytes, 1 to {MAX_LENGTH} allowed")
        end = HEADER.size + length
        if len(buffer) < end:
            return None
        body = bytes(buffer[HEADER.size : end])
        del buffer[:end]
        return decode(type_byte, body)

    def remainder(self) -> bytes:
        """Take what came after the last message; for streams that carry only one."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest
