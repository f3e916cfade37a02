"""A Git repository that grows, and Git's own server for it."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.org")


class Repository:
    """A bare one that is served, and a clone to commit in."""

    def __init__(self, folder: Path) -> None:
        self.served = folder / "served"
        self._work = folder / "work"
        self._work.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare))

    @property
    def bare(self) -> Path:
        return self.served / "app.git"

    def commit(self, script: str) -> str:
        """Push a new `app.py` to the branch `main`; the commit."""
        (self._work / "app.py").write_text(script)
        self._git("add", ".")
        self._git("commit", "--quiet", "--allow-empty", "--message", "A change")
        self._git("push", "--quiet", str(self.bare), "HEAD:main")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        command = ["git", *_IDENTITY, *arguments]
        done = subprocess.run(command, cwd=self._work, check=True, capture_output=True, text=True)
        return done.stdout


class _Backend(BaseHTTPRequestHandler):
    """Hands each request to `git http-backend`, as a web server does."""

    protocol_version = "HTTP/1.1"
    root: Path

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        variables = {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"],
            input=body, env=os.environ | variables, capture_output=True, check=True,
        )  # fmt: skip
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = BytesParser().parsebytes(head + b"\r\n\r\n")
        self.send_response(int(headers.get("Status", "200").split()[0]))
        for name, value in headers.items():
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the name that is called

    def log_message(self, *words: Any) -> None:
        """Nothing: a test that fails shows what the appliance says."""


@contextmanager
def served(repository: Repository, host: str) -> Iterator[str]:
    """The URL of the repository, on an address of this machine."""
    handler = type("Backend", (_Backend,), {"root": repository.served})
    with ThreadingHTTPServer((host, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{host}:{server.server_port}/{repository.bare.name}"
        finally:
            server.shutdown()
            thread.join()
