"""Two services that change records of the tests' name server: acme-dns's API, and deSEC's."""

import json
import re
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.integration.certs.nameserver import NameServer

Answer = tuple[int, object]
Handled = Callable[[str, str, dict[str, str], bytes], Answer]
"""Method, path, headers in small letters, body."""


class AcmeDns:
    """Accounts of one TXT record each, of which the two newest values are kept."""

    zone = "auth.example.net"

    def __init__(self, names: NameServer) -> None:
        self._names = names
        self._accounts: dict[str, dict[str, str]] = {}
        self._values: defaultdict[str, list[str]] = defaultdict(list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        assert method == "POST"
        return self._register() if path == "/register" else self._update(headers, json.loads(body))

    def _register(self) -> Answer:
        subdomain = secrets.token_hex(8)
        account = {
            "username": secrets.token_hex(8),
            "password": secrets.token_hex(8),
            "subdomain": subdomain,
            "fulldomain": f"{subdomain}.{self.zone}",
        }
        self._accounts[account["username"]] = account
        return 201, {**account, "allowfrom": []}

    def _update(self, headers: dict[str, str], wanted: dict[str, str]) -> Answer:
        account = self._accounts.get(headers.get("x-api-user", ""))
        proven = account is not None and account["password"] == headers.get("x-api-key")
        if account is None or not proven or account["subdomain"] != wanted["subdomain"]:
            return 401, {"error": "forbidden"}
        values = self._values[account["subdomain"]]
        values[:] = [*values, wanted["txt"]][-2:]
        self._names.texts[f"{account['fulldomain']}."] = set(values)
        return 200, {"txt": wanted["txt"]}


class DeSec:
    """One zone of one account."""

    def __init__(self, names: NameServer, zone: str, token: str) -> None:
        self._names, self._zone, self._token = names, zone, token

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        if headers.get("authorization") != f"Token {self._token}":
            return 401, {"detail": "Invalid token."}
        if method == "PUT":
            for rrset in json.loads(body):
                texts = {record.strip('"') for record in rrset["records"]}
                self._names.texts[f"{rrset['subname']}.{self._zone}."] = texts
            return 200, []
        if path.startswith("/domains/?"):
            return 200, [{"name": self._zone, "minimum_ttl": 60}]
        found = re.search(r"/rrsets/([^/]+)\.\.\./TXT/", path)
        assert found is not None
        texts = self._names.texts[f"{found[1]}.{self._zone}."]
        return (200, {"records": [f'"{text}"' for text in texts]}) if texts else (404, {})


@contextmanager
def answering(handled: Handled, host: str = "127.0.0.1") -> Iterator[str]:
    """By HTTP on a port of an address of this machine; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def _all(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = handled(self.command, self.path, headers, body)
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = _all  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
