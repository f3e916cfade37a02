"""A plain TCP forwarder: what `ssh -L` puts between a browser and the appliance."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from socket import SHUT_RDWR, create_connection, socket


class _Forward(socketserver.BaseRequestHandler):
    request: socket
    server: "_Server"

    def handle(self) -> None:
        with create_connection(("localhost", self.server.target)) as target:
            self.server.connections.update((self.request, target))
            other = {self.request: target, target: self.request}
            with DefaultSelector() as selector:
                for side in other:
                    selector.register(side, EVENT_READ)
                while True:
                    for key, _ in selector.select():
                        if not _passed_on(key.fileobj, other[key.fileobj]):
                            return


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, target: int) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.target = target
        self.connections: set[socket] = set()

    def end_connections(self) -> None:
        for connection in self.connections:
            try:
                connection.shutdown(SHUT_RDWR)
            except OSError:
                continue  # it has ended by itself


def _passed_on(source: socket, target: socket) -> bool:
    try:
        data = source.recv(65536)
        target.sendall(data)
    except OSError:
        return False
    return bool(data)


@contextmanager
def forwarder(port: int) -> Iterator[int]:
    """Forward connections to `port` of localhost; yields the port it listens on."""
    with _Server(port) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.end_connections()
            thread.join()
