"""The least relay that serves one client: a socket around the wire code."""

import asyncio
from typing import cast

from appliance.relay import names
from appliance.relay.wire.cipher import derive_key
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.framing import MessageReader, encode
from appliance.relay.wire.messages import (
    Kill,
    Login,
    LoginResp,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    Ping,
    Pong,
    ReqWorkConn,
    StartWorkConn,
)
from appliance.relay.wire.payload import PayloadReader, PayloadWriter
from appliance.relay.wire.yamux import Closed, Data, Ended, Event, Opened, Role, Session

KEY = derive_key("")
URL = "http://share.example.org"
RUN_ID = "0123456789abcdef"


class Connection(asyncio.Protocol):
    """One client's connection. Work streams wait in `parked` until a visitor takes one."""

    def __init__(self) -> None:
        self.login: Login | None = None
        self.proxy: NewProxy | None = None
        self.name = ""
        self.parked: asyncio.Queue[Visit] = asyncio.Queue()
        self.visits: dict[int, Visit] = {}
        self.control = ControlChannel(KEY)
        self.first: dict[int, MessageReader] = {}
        self.ended: list[Ended] = []
        self.gone = asyncio.Event()
        self.gone.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.gone.clear()
        self.transport = cast(asyncio.Transport, transport)
        self.loop = asyncio.get_running_loop()
        self.session = Session(Role.SERVER, self.loop.time())
        self.timer = self.loop.call_soon(self.tick)

    def tick(self) -> None:
        self.act(self.session.tick(self.loop.time()))
        self.timer = self.loop.call_at(self.session.next_timeout(), self.tick)

    def data_received(self, data: bytes) -> None:
        self.act(self.session.receive_data(data, self.loop.time()))

    def connection_lost(self, _exc: Exception | None) -> None:
        self.timer.cancel()
        self.session.end()
        for visit in self.visits.values():
            visit.closed.set()
        self.gone.set()

    def act(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Opened(stream):
                    self.first[stream] = MessageReader()
                case Data(stream, data) if stream in self.visits:
                    self.visits[stream].receive(data)
                case Data(stream, data):
                    self.receive(stream, data)
                case Closed(stream) if stream in self.visits:
                    self.visits[stream].closed.set()
                case Ended():
                    self.ended.append(event)
        self.flush()

    def flush(self) -> None:
        self.transport.write(self.session.data_to_send())

    def receive(self, stream: int, data: memoryview) -> None:
        self.session.consumed(stream, len(data))
        if stream not in self.first:
            self.control.receive_data(data)
        else:
            reader = self.first[stream]
            reader.receive_data(data)
            match reader.next_message():
                case Login() as login:
                    self.login = login
                    self.session.send(stream, encode(LoginResp(version="0.44.0", run_id=RUN_ID)))
                    self.control.receive_data(reader.remainder())
                    del self.first[stream]
                case NewWorkConn(run_id=run_id):
                    assert run_id == RUN_ID
                    self.visits[stream] = visit = Visit(self, stream)
                    self.parked.put_nowait(visit)
        while message := self.control.next_message():
            match message:
                case NewProxy() as proxy:
                    assert self.login is not None
                    self.proxy = proxy
                    dialect = names.dialect(self.login, proxy)
                    self.name = names.answered(proxy.proxy_name, dialect)
                    answer = NewProxyResp(proxy_name=self.name, remote_addr=URL)
                    self.session.send(stream, self.control.encode(answer))
                case Ping():
                    self.session.send(stream, self.control.encode(Pong()))

    def tell(self, *messages: ReqWorkConn | Kill) -> None:
        self.session.send(1, self.control.encode(*messages))
        self.flush()

    async def visit(self) -> "Visit":
        """A started stream to the app."""
        self.tell(ReqWorkConn())
        visit = await self.parked.get()
        self.session.send(visit.stream, encode(StartWorkConn(proxy_name=self.name)))
        self.flush()
        return visit


class Visit:
    """The bytes between one visitor and the app."""

    def __init__(self, connection: Connection, stream: int) -> None:
        self.connection, self.stream = connection, stream
        proxy = connection.proxy
        assert proxy is not None
        layers = {"key": KEY if proxy.use_encryption else None}
        self.writer = PayloadWriter(**layers, compression=proxy.use_compression)
        self.reader = PayloadReader(**layers, compression=proxy.use_compression)
        self.got = bytearray()
        self.arrived = asyncio.Event()
        self.closed = asyncio.Event()

    def receive(self, data: memoryview) -> None:
        self.reader.receive_data(data)
        while piece := self.reader.next_piece():
            self.got += piece
        self.connection.session.consumed(self.stream, self.reader.take_consumed())
        self.arrived.set()

    def send(self, data: bytes) -> None:
        self.connection.session.send(self.stream, self.writer.encode(data))
        self.connection.flush()

    async def read(self, size: int) -> bytes:
        """The app's next `size` bytes."""
        while len(self.got) < size:
            self.arrived.clear()
            await self.arrived.wait()
        data = bytes(self.got[:size])
        del self.got[:size]
        return data

    async def response(self) -> bytes:
        """The body of the app's next response."""
        while b"\r\n\r\n" not in self.got:
            self.arrived.clear()
            await self.arrived.wait()
        head = await self.read(self.got.index(b"\r\n\r\n") + 4)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        return await self.read(int(head.split(b"Content-Length: ")[1]))

    async def response_to(self, path: str) -> bytes:
        self.send(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return await self.response()

    def abort(self) -> None:
        self.connection.session.abort(self.stream)
        self.connection.flush()
