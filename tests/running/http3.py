"""A visitor who speaks HTTP/3 and nothing else."""

import asyncio

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ConnectionTerminated, QuicEvent, StreamReset

Header = tuple[str, str]


class _Visitor(QuicConnectionProtocol):
    """One request a connection."""

    def request(self, name: str, path: str, *more: Header) -> asyncio.Future[tuple[int, bytes]]:
        self._http = H3Connection(self._quic)
        self._status, self._body = 0, b""
        self._answer = asyncio.get_running_loop().create_future()
        headers = {":method": "GET", ":scheme": "https", ":authority": name, ":path": path}
        stream = self._quic.get_next_available_stream_id()
        pairs = [(key.encode(), value.encode()) for key, value in (*headers.items(), *more)]
        self._http.send_headers(stream, pairs, end_stream=True)
        self.transmit()
        return self._answer

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, StreamReset | ConnectionTerminated) and hasattr(self, "_answer"):
            if not self._answer.done():
                self._answer.set_exception(ConnectionError(str(event)))
            return
        for found in self._http.handle_event(event) if hasattr(self, "_http") else ():
            if isinstance(found, HeadersReceived):
                self._status = int(dict(found.headers)[b":status"])
            elif isinstance(found, DataReceived):
                self._body += found.data
            if getattr(found, "stream_ended", False) and not self._answer.done():
                self._answer.set_result((self._status, self._body))


def get(port: int, name: str, path: str, root: str, *more: Header) -> tuple[int, bytes]:
    """Status and body at a port of loopback; who vouches for `name` must lead to `root` (PEM).

    `more` is sent as it is, whatever headers look like that a browser sends; a server that ends the
    connection for it raises `ConnectionError`.
    """
    return asyncio.run(_get(port, name, path, root, more))


async def _get(
    port: int, name: str, path: str, root: str, more: tuple[Header, ...]
) -> tuple[int, bytes]:
    configuration = QuicConfiguration(
        is_client=True, alpn_protocols=H3_ALPN, server_name=name, cadata=root.encode()
    )
    async with (
        asyncio.timeout(60),
        connect(
            "127.0.0.1", port, configuration=configuration, create_protocol=_Visitor
        ) as visitor,
    ):
        return await visitor.request(name, path, *more)
