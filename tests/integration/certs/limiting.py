"""In front of a real ACME authority: refuses orders as one that has been asked too often."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.integration.certs.pebble import Pebble

_ORDERS = "/order-plz"
"""Pebble's address for new orders."""


class Limiting:
    """Passes everything on, but orders while `retry_after` says when to come again."""

    def __init__(self) -> None:
        self.port = 0
        self.retry_after: str | None = None
        self.refused = 0

    @property
    def directory(self) -> str:
        return f"https://localhost:{self.port}/dir"


@contextmanager
def limiting(pebble: Pebble) -> Iterator[Limiting]:
    """With the certificate of the authority's own front."""
    state = Limiting()
    behind = ssl.create_default_context(cafile=pebble.directory_ca)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = HTTPSConnection("localhost", pebble.port, timeout=60, context=behind)
            # Addresses in its answers begin with the host it is asked for: they lead here again.
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content, headers = answer.read(), dict(answer.getheaders())
            connection.close()
            status = answer.status
            if self.path == _ORDERS and state.retry_after is not None:
                state.refused += 1
                status, content = 429, _PROBLEM
                headers = {"Content-Type": "application/problem+json"} | {
                    name: headers[name] for name in ("Replay-Nonce",) if name in headers
                }
                headers["Retry-After"] = state.retry_after
            headers.pop("Transfer-Encoding", None)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_HEAD = do_POST = _pass  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = pebble.front().wrap_socket(server.socket, server_side=True)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


_PROBLEM = json.dumps(
    {
        "type": "urn:ietf:params:acme:error:rateLimited",
        "detail": "too many new orders recently",
        "status": 429,
    }
).encode()
