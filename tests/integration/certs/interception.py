"""The way out of this machine: answers in the place of DNS providers, behind their own names."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from appliance.certs import authority

Answer = tuple[int, str]
"""Status and body; what it is follows from how it begins."""
_TYPES = {"{": "application/json", "<": "text/xml"}


class Way:
    """A proxy that lets nobody through. Whom it has no answer for, it turns away."""

    def __init__(self, folder: Path) -> None:
        self.port = 0
        self.asked: list[str] = []
        """Host and path of each request, or the host alone if it was turned away."""
        self.answer: Callable[[str], Answer] | None = None
        """By the path."""
        now = datetime.now(UTC)
        self._authority = authority.create(["com", "localhost"], "providers", now)
        self._folder = folder
        self.root = self._authority.pem

    def context(self, host: str) -> ssl.SSLContext:
        file = self._folder / f"{host}.pem"
        if not file.exists():
            file.write_text(authority.issue(self._authority, [host], datetime.now(UTC)).pem)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context


@contextmanager
def intercepting(folder: Path) -> Iterator[Way]:
    way = Way(folder)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            method, target = self._head()
            if method != "CONNECT":
                way.asked.append(target)
                self._say(400, '{"error":"invalid_grant","error_description":"Invalid JWT"}')
                return
            host = target.partition(":")[0]
            if way.answer is None:
                way.asked.append(host)
                self._say(502, "")
                return
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            with way.context(host).wrap_socket(self.connection, server_side=True) as secure:
                self.rfile, self.wfile = secure.makefile("rb"), secure.makefile("wb", 0)
                _, path = self._head()
                way.asked.append(host + path)
                self._say(*way.answer(path))

        def _head(self) -> tuple[str, str]:
            """Method and target of a request, which is read to its end."""
            method, target, _ = self.rfile.readline().decode().split(" ")
            length = 0
            while line := self.rfile.readline().decode().strip().lower():
                if line.startswith("content-length:"):
                    length = int(line.partition(":")[2])
            self.rfile.read(length)
            return method, target

        def _say(self, status: int, body: str) -> None:
            kind = _TYPES.get(body[:1], "text/plain")
            head = f"HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\nConnection: close\r\n"
            self.wfile.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Who hangs up in the middle has heard enough."""

    server = Server(("127.0.0.1", 0), Handler)
    way.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield way
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
