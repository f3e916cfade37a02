"""One client's TCP connection: what it speaks, TLS if it wants that, and the way out."""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol, cast

from appliance.auth.whereabouts import place
from appliance.relay.tunnel.admission import Admission
from appliance.relay.tunnel.certificates import Certificates
from appliance.relay.tunnel.logins import Logins
from appliance.relay.tunnel.origin import Origin
from appliance.relay.tunnel.tls import Tls, TlsFailure

FRP_TLS = 0x17
"""frp's own announcement of TLS; the handshake follows."""
TLS = 0x16
YAMUX = 0x00
UNMULTIPLEXED = b"ow"
"""The types of the messages that such a connection can begin with."""


class Speech(Protocol):
    """What a connection turns out to carry, once its first clear byte is known."""

    def received(self, data: bytes) -> None: ...

    def hold(self) -> None:
        """The connection is full: send nothing that can wait."""

    def release(self) -> None:
        """It has room again."""

    def end(self) -> None:
        """Take leave and close the connection."""

    def lost(self) -> None: ...


class Reception:
    """What all connections of one port share."""

    def __init__(
        self,
        logins: Logins,
        certificates: Certificates,
        speech: Callable[["Connection", bool], Speech],
    ) -> None:
        self.logins = logins
        self.certificates = certificates
        self.speech = speech
        """Makes what follows the first byte; True: it is multiplexed."""
        settings = logins.relay.settings
        self.newcomers: Admission[Connection] = Admission(
            settings.newcomers, settings.newcomers_per_address
        )
        self.connections: set[Connection] = set()
        self.empty = asyncio.Event()
        self.empty.set()


class Connection(asyncio.Protocol):
    """Never stops reading: clients give each of their writes ten seconds only."""

    __slots__ = (
        "_announced",
        "_answers",
        "_deadline",
        "_loop",
        "_reception",
        "_speech",
        "_stats",
        "_tls",
        "_transport",
        "full",
        "origin",
    )

    _transport: asyncio.Transport

    def __init__(self, reception: Reception) -> None:
        self.origin = Origin("")
        self.full = False
        """Whether more waits to be sent than should."""
        self._reception = reception
        self._stats = reception.logins.relay.stats
        self._loop = asyncio.get_running_loop()
        self._speech: Speech | None = None
        self._tls: Tls | None = None
        self._announced = False
        self._answers = 0
        """Bytes written while the connection was full."""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._stats.connections += 1
        peer = transport.get_extra_info("peername")
        self.origin.address = peer[0] if peer else ""
        leaver = self._reception.newcomers.admit(self, place(self.origin.address))
        if leaver is not None:
            leaver.drop("crowded out")
        if leaver is not self:
            self._reception.connections.add(self)
            self._reception.empty.clear()
            _notice_dead_peers(transport.get_extra_info("socket"))
            high = self._reception.logins.relay.settings.write_buffer
            self._transport.set_write_buffer_limits(high=high)
            self._next_step()
        self._count_newcomers()

    def data_received(self, data: bytes) -> None:
        self._stats.received += len(data)
        if self._answers > self._reception.logins.relay.settings.write_limit:
            # It makes us answer, and reads nothing.
            self.drop("unread")
        elif self._speech is not None and self._tls is None:
            self._speech.received(data)
        elif self._tls is not None:
            self._encrypted(self._tls, data)
        else:
            self._first(data)

    def pause_writing(self) -> None:
        self.full = True
        if self._speech is not None:
            self._speech.hold()

    def resume_writing(self) -> None:
        self.full = False
        self._answers = 0
        if self._speech is not None:
            self._speech.release()

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._reception.newcomers.release(self)
        self._reception.connections.discard(self)
        if not self._reception.connections:
            self._reception.empty.set()
        self._count_newcomers()
        if self._speech is not None:
            self._speech.lost()

    def send(self, data: bytes) -> None:
        """Write. Only what cannot wait should be, while the connection is full."""
        if not data or self._transport.is_closing():
            return
        if self._tls is not None:
            data = self._tls.send(data)
        self._stats.sent += len(data)
        if self.full:
            self._answers += len(data)
        self._transport.write(data)

    @property
    def waiting(self) -> int:
        """Bytes written that the kernel has not taken."""
        return self._transport.get_write_buffer_size()

    def admitted(self) -> None:
        """The client is known: the limits of strangers are off."""
        self._reception.newcomers.release(self)
        self._count_newcomers()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def close(self) -> None:
        """Close after what was sent has left, which must not take long."""
        if self._deadline is not None:
            self._deadline.cancel()
        step = self._reception.logins.relay.settings.step
        self._deadline = self._loop.call_later(step, self.abort)
        self._transport.close()

    def end(self) -> None:
        """The relay stops."""
        if self._speech is not None:
            self._speech.end()
        else:
            self._transport.abort()

    def drop(self, reason: str) -> None:
        """Close at once what is of no use."""
        self._stats.dropped[reason] += 1
        self._transport.abort()

    def abort(self) -> None:
        """Close at once, whatever was still to be sent."""
        self._transport.abort()

    def pause_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _first(self, data: bytes) -> None:
        """Go by the first byte."""
        if data[0] == FRP_TLS and not self._announced:
            self._announced = True
            data = data[1:]
            self._next_step()
            if not data:
                return
        if data[0] == TLS:
            self._begin_tls(data)
        elif self._announced:
            self.drop("no protocol")
        else:
            self._clear(data)

    def _clear(self, data: bytes) -> None:
        multiplexed = data[0] == YAMUX
        if not multiplexed and data[0] not in UNMULTIPLEXED:
            self.drop("no protocol")
            return
        self._next_step()
        self._speech = self._reception.speech(self, multiplexed)
        self._speech.received(data)

    def _begin_tls(self, data: bytes) -> None:
        ours = self._transport.get_extra_info("sockname")
        context = self._reception.certificates.context(ours[0] if ours else "")
        if context is None:
            self._reception.logins.relay.complain(
                "tunnel.tls_unavailable",
                address=self.origin.address,
                advice="this relay has no certificate: give it one, or leave"
                " share_server_tls_certificate out",
            )
            self.drop("no certificate")
            return
        self._tls = Tls(context)
        self.origin.tls = True
        self._next_step()
        self._encrypted(self._tls, data)

    def _encrypted(self, tls: Tls, data: bytes) -> None:
        before = tls.established
        try:
            clear = tls.receive(data)
        except TlsFailure as failure:
            self._tls_failed(tls, failure)
            return
        if not before:
            self._flush_handshake(tls)
            self.origin.server_name = tls.server_name
        if not clear:
            return
        if self._speech is None:
            self._clear(clear)
        else:
            self._speech.received(clear)

    def _flush_handshake(self, tls: Tls) -> None:
        pending = tls.send(b"")
        self._stats.sent += len(pending)
        self._transport.write(pending)

    def _tls_failed(self, tls: Tls, failure: TlsFailure) -> None:
        if tls.established:
            self.close()
            return
        self._flush_handshake(tls)
        self._reception.logins.relay.complain(
            "tunnel.tls_failed",
            address=self.origin.address,
            server_name=tls.server_name,
            reason=failure.reason,
            advice=failure.advice,
        )
        self._stats.dropped["tls"] += 1
        self.close()

    def _next_step(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        step = self._reception.logins.relay.settings.step
        self._deadline = self._loop.call_later(step, self.drop, "too slow")

    def _count_newcomers(self) -> None:
        self._stats.newcomers = len(self._reception.newcomers)


def _notice_dead_peers(connection: socket.socket) -> None:
    """Without multiplexing nothing else does; a minute is soon enough."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
