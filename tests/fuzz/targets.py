"""What must hold for any bytes a stranger sends. Each target takes bytes and fails by an exception.

The first byte says where the input is cut: the same bytes must mean the same, however they arrive.
"""

from collections.abc import Callable, Iterator

from appliance.relay.gateway import request as requests
from appliance.relay.gateway import response as responses
from appliance.relay.gateway.bodies import BadBody, Chunked
from appliance.relay.gateway.forwarding import for_app, for_visitor
from appliance.relay.gateway.refusal import Refused
from appliance.relay.share import HttpOptions
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.errors import WireError
from appliance.relay.wire.framing import MAX_LENGTH, MessageReader, Unknown, encode
from appliance.relay.wire.messages import Message
from appliance.relay.wire.payload import PayloadReader, PayloadWriter
from appliance.relay.wire.snappy import IDENTIFIER, MAX_CHUNK, SnappyDecoder
from appliance.relay.wire.yamux import Closed, Data, Event, Limits, Reset, Role, Session

KEY = bytes(16)
LIMITS = Limits(streams=4, opens_burst=20, pings_burst=20, max_window=1024 * 1024)


def cut(data: bytes) -> Iterator[bytes]:
    step = data[0] + 1 if data else 1
    return (data[start : start + step] for start in range(1, len(data), step))


def yamux(data: bytes) -> None:
    """A server session: same outcome for any cut, answers no longer than twice the question."""

    def outcome(reads: Iterator[bytes]) -> tuple[object, ...]:
        session = Session(Role.SERVER, 0.0, limits=LIMITS)
        seen: list[object] = []
        bodies: dict[int, bytes] = {}
        for read in reads:
            for event in session.receive_data(read, 0.0):
                if isinstance(event, Data):
                    bodies[event.stream] = bodies.get(event.stream, b"") + bytes(event.data)
                else:
                    seen.append(event)
            assert session.streams <= LIMITS.streams
        answer = session.data_to_send()
        assert len(answer) <= 2 * len(data)
        return seen, bodies, answer, session.streams

    assert outcome(cut(data)) == outcome(iter([data[1:]]))


class Application:
    """One that does anything at any time, while the peer sends anything."""

    def __init__(self, role: Role) -> None:
        self.session = Session(role, 0.0, limits=LIMITS)
        self.unread: dict[int, int] = {}
        self.now = 0.0
        self.actions: tuple[Callable[[int, bytes], list[Event] | None], ...] = (
            self.open,
            self.send,
            self.consume,
            self.close,
            self.abort,
            self.wait,
            self.receive,
            self.receive,
        )

    def act(self, action: int, stream: int, rest: bytes) -> None:
        self.now += action / 64
        for event in self.actions[action % len(self.actions)](stream, rest) or []:
            if isinstance(event, Data):
                self.unread[event.stream] = self.unread.get(event.stream, 0) + len(event.data)
            elif isinstance(event, Closed | Reset):
                self.unread.pop(event.stream, None)

    def open(self, _stream: int, _rest: bytes) -> None:
        if self.session.can_open:
            self.session.open()

    def send(self, stream: int, rest: bytes) -> None:
        self.session.send(stream, rest * 4000)

    def consume(self, stream: int, _rest: bytes) -> None:
        self.session.consumed(stream, self.unread.pop(stream, 0))

    def close(self, stream: int, _rest: bytes) -> None:
        self.session.close(stream)
        self.unread.pop(stream, None)

    def abort(self, stream: int, _rest: bytes) -> None:
        self.session.abort(stream)
        self.unread.pop(stream, None)

    def wait(self, _stream: int, _rest: bytes) -> list[Event]:
        return self.session.tick(self.now)

    def receive(self, _stream: int, rest: bytes) -> list[Event]:
        return self.session.receive_data(rest, self.now)


def yamux_application(data: bytes) -> None:
    """No order of calls and frames raises anything, and nothing is left at the end."""
    application = Application(Role.SERVER if data[:1] < b"\x80" else Role.CLIENT)
    for start in range(1, len(data) - 1, 16):
        application.act(data[start], data[start + 1], data[start + 2 : start + 16])
        application.session.data_to_send()
    application.session.end()
    assert application.session.streams == 0


def messages(data: bytes) -> None:
    """Messages or the declared error; what was read can be written and read again."""

    def outcome(reads: Iterator[bytes]) -> list[Message | Unknown | str]:
        reader, seen = MessageReader(), list[Message | Unknown | str]()
        try:
            for read in reads:
                reader.receive_data(read)
                while (message := reader.next_message()) is not None:
                    seen.append(message)
        except WireError as error:
            seen.append(str(error))
        return seen

    seen = outcome(cut(data))
    assert seen == outcome(iter([data[1:]]))
    for message in seen:
        if not isinstance(message, Unknown | str):
            reader = MessageReader()
            try:
                reader.receive_data(encode(message))
            except WireError:
                # Fields that grow when written: only possible close to the limit.
                assert len(data) > MAX_LENGTH / 4
            else:
                assert reader.next_message() == message


def snappy(data: bytes) -> None:
    """Pieces of at most a chunk or the declared error, and never more kept than came in."""

    def outcome(reads: Iterator[bytes]) -> tuple[bytes, str]:
        decoder, out = SnappyDecoder(), b""
        decoder.receive_data(IDENTIFIER)
        try:
            for read in reads:
                decoder.receive_data(read)
                while (piece := decoder.next_piece()) is not None:
                    assert 0 < len(piece) <= MAX_CHUNK
                    out += piece
                assert decoder.pending <= len(data) + len(IDENTIFIER)
        except WireError as error:
            return out, str(error)
        return out, ""

    assert outcome(cut(data)) == outcome(iter([data[1:]]))


def payload(data: bytes) -> None:
    """What one side writes the other reads, and noise raises nothing but the declared error."""
    key, compression = (KEY if data[:1] < b"\x80" else None), data[:1] > b"\x40"
    writer = PayloadWriter(key=key, compression=compression)
    reader = PayloadReader(key=key, compression=compression)
    out = b""
    for piece in cut(data):
        reader.receive_data(writer.encode(piece))
        while (clear := reader.next_piece()) is not None:
            out += clear
        reader.take_consumed()
    assert out == data[1:]
    noise = PayloadReader(key=key, compression=compression)
    try:
        noise.receive_data(data)
        while noise.next_piece() is not None:
            assert noise.take_consumed() >= 0
    except WireError:
        pass


def control(data: bytes) -> None:
    """An encrypted control stream of noise ends with the declared error or waits for more."""
    channel = ControlChannel(KEY)
    try:
        for piece in cut(data):
            channel.receive_data(piece)
            while channel.next_message() is not None:
                pass
    except WireError:
        pass


def whole(data: bytes) -> bytes:
    """A head, which its reader gets only once its end is there."""
    return data[1:].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def request_head(data: bytes) -> None:
    """A visitor's head is refused, or what goes on says the same when it is read again."""
    try:
        request = requests.parse(whole(data))
    except Refused:
        return
    sent = for_app(
        request,
        HttpOptions(),
        b"192.0.2.1",
        trusted=False,
        accept_encoding=request.accept_encoding,
    )
    again = requests.parse(sent)
    for name in ("method", "target", "host", "name", "length", "upgrade"):
        assert getattr(again, name) == getattr(request, name)
    assert again.forwarded is not None
    assert again.forwarded[b"x-forwarded-for"] == b"192.0.2.1"


def response_head(data: bytes) -> None:
    """An app's head is nonsense, or what goes on says the same when it is read again."""
    try:
        response = responses.parse(whole(data))
    except responses.Nonsense:
        return
    asked = requests.parse(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    again = responses.parse(for_visitor(asked, response, HttpOptions(), close=False))
    assert (again.status, again.fields) == (response.status, response.fields)
    bodies = [each.body(head_only=False, framed=True) for each in (response, again)]
    assert type(bodies[0]) is type(bodies[1])


def chunks(data: bytes) -> None:
    """Chunks mean the same however they are cut, and what goes on holds nothing else."""

    def outcome(reads: Iterator[bytes]) -> tuple[bytes, bool] | None:
        body = Chunked()
        try:
            sent = b"".join([body.feed(read) for read in reads])
        except BadBody:
            return None
        again = Chunked(framed=False)
        content = again.feed(sent)
        assert again.done == body.done
        assert not again.overrun
        return content, body.done

    assert outcome(cut(data)) == outcome(iter([data[1:]]))


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        yamux,
        yamux_application,
        messages,
        snappy,
        payload,
        control,
        request_head,
        response_head,
        chunks,
    )
}
