"""Pebble, a small but real ACME authority."""

import json
import shutil
import ssl
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx

from appliance.certs import authority
from tests.running import http
from tests.running.process import child, free_port, wait_until


class Pebble:
    """May be stopped and started again; it forgets everything then, and has another root."""

    def __init__(
        self, folder: Path, challenges_at: int, names_at: int, address: str = "127.0.0.1"
    ) -> None:
        """It looks for HTTP challenges at the port `challenges_at`, for names at `names_at`.

        `address` is the machine's, where it listens.
        """
        found = shutil.which("pebble")
        assert found, "pebble is missing: apt-get install pebble"
        self._binary = found
        self._folder = folder
        self._ports = (free_port(), free_port())
        self._names_at = names_at
        self._stack = ExitStack()
        now = datetime.now(UTC)
        self._host = "localhost" if address == "127.0.0.1" else address
        front = authority.create([self._host], "pebble", now)
        leaf = authority.issue(front, [self._host], now)
        (folder / "front.pem").write_text(front.pem)
        (folder / "leaf.pem").write_text(leaf.chain)
        (folder / "leaf.key").write_text(leaf.key)
        self._settings = {
            "listenAddress": f"{address}:{self._ports[0]}",
            "managementListenAddress": f"{address}:{self._ports[1]}",
            "certificate": str(folder / "leaf.pem"),
            "privateKey": str(folder / "leaf.key"),
            "httpPort": challenges_at,
            "tlsPort": free_port(),
            "ocspResponderURL": "",
        }

    @property
    def port(self) -> int:
        return self._ports[0]

    @property
    def directory(self) -> str:
        return f"https://{self._host}:{self.port}/dir"

    def front(self) -> ssl.SSLContext:
        """For another server with its certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / "leaf.pem", self._folder / "leaf.key")
        return context

    @property
    def directory_ca(self) -> Path:
        """The root of its own front."""
        return self._folder / "front.pem"

    def start(self, life: int = 90 * 24 * 3600, **more: object) -> None:
        """`life` is that of a certificate, in seconds."""
        settings = {**self._settings, "certificateValidityPeriod": life, **more}
        config = self._folder / "pebble.json"
        config.write_text(json.dumps({"pebble": settings}))
        log = self._folder / "pebble.log"
        command = [self._binary, "-config", str(config), "-strict"]
        command += ["-dnsserver", f"127.0.0.1:{self._names_at}"]
        # It neither dawdles nor refuses at random.
        environment = {
            "PEBBLE_VA_NOSLEEP": "1",
            "PEBBLE_AUTHZREUSE": "0",
            "PEBBLE_WFE_NONCEREJECT": "0",
        }
        process = self._stack.enter_context(
            child(command, folder=self._folder, log=log, environment=environment)
        )
        wait_until(self._answers, process, log)

    def stop(self) -> None:
        self._stack.close()

    def root(self) -> str:
        """PEM of what it signs with."""
        return self._manage("/roots/0").text

    def state_of(self, serial: int) -> str:
        """`Valid` or `Revoked`."""
        return self._manage(f"/cert-status-by-serial/{serial:x}").json()["Status"]

    def _manage(self, path: str) -> httpx.Response:
        front = ssl.create_default_context(cafile=self.directory_ca)
        answer = http.get(f"https://{self._host}:{self._ports[1]}{path}", verify=front)
        answer.raise_for_status()
        return answer

    def _answers(self) -> bool:
        try:
            return bool(self.root())
        except httpx.TransportError:
            return False
