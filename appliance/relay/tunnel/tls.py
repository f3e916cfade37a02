"""TLS of one connection, without I/O: bytes in, bytes out."""

import ssl

READ = 256 * 1024

ADVICE = (
    "the client does not trust this relay's certificate: pass"
    " share_server_tls_certificate=FILE to launch() with the certificate of this relay or of the"
    " authority that signed it, and name the relay as the certificate does"
)
_ALERTS = ("ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE")


class ServerTls(ssl.SSLObject):
    """Remembers the name that the client asked for."""

    server_name: str | None = None


class TlsFailure(Exception):  # noqa: N818 - the name says it
    """The handshake failed or the peer broke the protocol."""

    def __init__(self, error: ssl.SSLError) -> None:
        super().__init__(error.reason or "TLS error")
        self.reason = (error.reason or "unknown").lower()
        self.advice = ADVICE if any(alert in (error.reason or "") for alert in _ALERTS) else None


class Tls:
    """The server's side."""

    __slots__ = ("_incoming", "_object", "_outgoing", "established")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.established = False

    @property
    def server_name(self) -> str | None:
        name = self._object.server_name if isinstance(self._object, ServerTls) else None
        return name.lower() if name else None

    def receive(self, data: bytes) -> bytes:
        """Clear bytes, empty if there are none yet. `TlsFailure` ends the connection's use."""
        self._incoming.write(data)
        pieces: list[bytes] = []
        try:
            if not self.established:
                self._object.do_handshake()
                self.established = True
            while piece := self._object.read(READ):
                pieces.append(piece)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            pass
        except ssl.SSLError as error:
            raise TlsFailure(error) from None
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def send(self, data: bytes) -> bytes:
        """Bytes for the peer; also what a handshake or a failure left to be sent."""
        view = memoryview(data)
        while view:
            view = view[self._object.write(view) :]
        return self._outgoing.read()
