"""A client made of the wire code alone, to do what the real ones never do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from appliance.relay.auth import privilege_key
from appliance.relay.wire.cipher import derive_key
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.framing import MessageReader, Unknown, encode
from appliance.relay.wire.messages import (
    Login,
    LoginResp,
    Message,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    ReqWorkConn,
)
from appliance.relay.wire.yamux import Closed, Data, Reset, Role, Session


class RawClient:
    """Stream 1 is its control stream. `messages` are all that came on it after the login."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.session = Session(Role.CLIENT, 0.0)
        self.channel = ControlChannel(derive_key(""))
        self.first = MessageReader()
        self.login: LoginResp | None = None
        self.messages: list[Message | Unknown] = []
        self.asked = asyncio.Event()
        self.ended: set[int] = set()
        self.made_up = 100_001
        self.received = 0
        """Bytes on streams other than the control stream."""
        self.arrived = asyncio.Event()
        self.closed = asyncio.Event()
        self.task = asyncio.create_task(self.run())

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator["RawClient"]:
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        try:
            yield client
        finally:
            client.writer.transport.abort()
            await client.task

    @classmethod
    @asynccontextmanager
    async def logged_in(cls, port: int, run_id: str = "") -> AsyncIterator["RawClient"]:
        async with cls.connected(port) as client:
            client.say(
                Login(
                    version="0.44.0", privilege_key=privilege_key("", 1), timestamp=1, run_id=run_id
                )
            )
            await client.until(lambda: client.login is not None)
            yield client

    async def publish(self, token: str) -> NewProxyResp:
        proxy = NewProxy(proxy_name=token, proxy_type="http", subdomain="random")
        self.tell(proxy)
        await self.until(lambda: any(isinstance(m, NewProxyResp) for m in self.messages))
        return next(m for m in self.messages if isinstance(m, NewProxyResp))

    def say(self, message: Message) -> int:
        """The first message of a new stream."""
        stream = self.session.open()
        self.session.send(stream, encode(message))
        self.flush()
        return stream

    def tell(self, *messages: Message) -> None:
        self.session.send(1, self.channel.encode(*messages))
        self.flush()

    def give_lane(self) -> int:
        assert self.login is not None
        return self.say(NewWorkConn(run_id=self.login.run_id))

    def next_stream(self) -> int:
        """A number for a stream of which the session shall not know."""
        self.made_up += 2
        return self.made_up

    def pause(self) -> None:
        """Stop reading from the connection, which no real client does."""
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def resume(self) -> None:
        self.writer.transport.resume_reading()  # type: ignore[attr-defined]

    def flush(self) -> None:
        self.writer.write(self.session.data_to_send())

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            assert not self.closed.is_set(), "the relay closed the connection"
            self.arrived.clear()
            await self.arrived.wait()

    async def run(self) -> None:
        try:
            while data := await self.reader.read(65536):
                for event in self.session.receive_data(data, 0.0):
                    match event:
                        case Data(1, data):
                            self.receive(data)
                        case Data(_, data):
                            self.received += len(data)
                        case Closed(stream) | Reset(stream):
                            self.ended.add(stream)
                self.flush()
                self.arrived.set()
        except ConnectionError:
            pass
        self.closed.set()
        self.arrived.set()

    def receive(self, data: memoryview) -> None:
        if self.login is None:
            self.first.receive_data(data)
            message = self.first.next_message()
            assert isinstance(message, LoginResp)
            self.login = message
            data = memoryview(self.first.remainder())
        self.channel.receive_data(data)
        while message := self.channel.next_message():
            self.messages.append(message)
            if isinstance(message, ReqWorkConn):
                self.asked.set()
