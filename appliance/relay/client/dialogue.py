"""The control stream from the client's side, without I/O: bytes in, news out."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.relay.client.offer import Offer
from appliance.relay.wire.cipher import derive_key
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.errors import MessageError
from appliance.relay.wire.framing import MessageReader, Unknown, encode
from appliance.relay.wire.messages import (
    Kill,
    LoginResp,
    Message,
    NewProxyResp,
    Pong,
    ReqWorkConn,
)

_GRADIOS_ALARM = "login to server failed: "
"""Relays begin a refusal with it because Gradio looks for these words."""


@dataclass(frozen=True, slots=True)
class Online:
    """Visitors reach the app at `url`."""

    url: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """The relay asks for one more work stream."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The relay does not take this client or this share, and says why."""

    text: str


@dataclass(frozen=True, slots=True)
class Dismissed:
    """The relay ended the share and does not want its client back."""


News = Online | Wanted | Refused | Dismissed


class Dialogue:
    """Login in clear, then the offer and all that follows encrypted."""

    __slots__ = ("_channel", "_offer", "_out", "_reader", "run_id")

    def __init__(self, offer: Offer, run_id: str, timestamp: int) -> None:
        self.run_id = run_id
        """What work streams carry, and what brings the same share back after a loss."""
        self._offer = offer
        self._channel: ControlChannel | None = None
        self._reader = MessageReader()
        self._out = [encode(offer.login(run_id, timestamp))]

    def data_to_send(self) -> bytes:
        out, self._out = self._out, []
        return b"".join(out)

    def receive_data(self, data: bytes | memoryview) -> Iterator[News]:
        """What the relay's bytes mean. MessageError if they mean nothing."""
        if self._channel is None:
            yield from self._logged_in(data)
        else:
            self._channel.receive_data(data)
        while self._channel is not None and (message := self._channel.next_message()):
            yield from self._told(message)

    def _logged_in(self, data: bytes | memoryview) -> Iterator[News]:
        self._reader.receive_data(data)
        answer = self._reader.next_message()
        if answer is None:
            return
        if not isinstance(answer, LoginResp):
            raise MessageError("the login was not answered")
        if answer.error:
            yield Refused(_plain(answer.error))
            return
        self.run_id = answer.run_id
        self._channel = ControlChannel(derive_key(self._offer.server_token))
        self._out.append(self._channel.encode(self._offer.proxy()))
        self._channel.receive_data(self._reader.remainder())

    def _told(self, message: Message | Unknown) -> Iterator[News]:
        match message:
            case ReqWorkConn():
                yield Wanted()
            case NewProxyResp(error=error) if error:
                yield Refused(_plain(error))
            case NewProxyResp(remote_addr=address):
                yield Online(_url(address))
            case Pong(error=error) if error:
                yield Refused(_plain(error))
            case Kill():
                yield Dismissed()
            case _:
                pass  # nothing else concerns a client with one HTTP share


def _plain(text: str) -> str:
    """One printable line: what a server says ends up in a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line.removeprefix(_GRADIOS_ALARM)


def _url(address: str) -> str:
    """Upstream's servers give hosts without a scheme, several with commas between."""
    first = _plain(address).split(",")[0]
    return first if "://" in first else f"http://{first}"
