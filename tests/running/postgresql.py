"""A real PostgreSQL server, as Debian packages it, on a free port of this machine."""

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running.process import free_port, wait_until

USER, PASSWORD = "appliance", "p@ss/word with every:thing"


class Server:
    """One that knows one user."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def run(self, program: str, *arguments: str) -> None:
        """One of its programs, as the user it runs as."""
        subprocess.run(
            [str(binaries() / program), *arguments],
            cwd=self.folder,
            env={**os.environ, "PGPASSWORD": PASSWORD},
            user=nobody(),
            check=True,
            capture_output=True,
            timeout=120,
        )

    def database(self, name: str) -> None:
        """A new, empty one."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", USER)
        self.run("createdb", *where, name)

    @property
    def answers(self) -> bool:
        try:
            self.run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port))
        except subprocess.CalledProcessError:
            return False
        return True


def binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert found, "PostgreSQL is missing: apt-get install postgresql"
    return found[-1]


def nobody() -> str | None:
    """PostgreSQL refuses to be root; None: whoever runs the tests will do."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@contextmanager
def postgresql() -> Iterator[Server]:
    # Not below pytest's folder, which is closed to other users.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as path:
        folder, user = Path(path), nobody()
        server = Server(folder, free_port())
        (folder / "word").write_text(PASSWORD)
        if user is not None:
            owner = pwd.getpwnam(user).pw_uid
            os.chown(folder, owner, -1)
            os.chown(folder / "word", owner, -1)
        how = ("--auth=scram-sha-256", "--pwfile=word", "--encoding=UTF8", "--no-sync")
        server.run("initdb", "-D", "data", "-U", USER, *how)
        command = [str(binaries() / "postgres"), "-D", "data", "-p", str(server.port), "-F"]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=folder, user=user, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                wait_until(lambda: server.answers, process, log)
                yield server
            finally:
                # At once, whoever is connected.
                process.send_signal(signal.SIGINT)
                process.wait(60)
