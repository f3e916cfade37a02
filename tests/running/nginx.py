"""A real nginx with the lines that docs/tls.md gives for it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from appliance.certs.authority import create, issue
from tests.running.markdown import block
from tests.running.process import child, connects, free_port, wait_until

_FRAME = """
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    {temporary}
    {lines}
}}
"""
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Nginx:
    """Where it is met, and whom its certificate is from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain, self.secure = free_port(), free_port()
        authority = create(["example.org"], "demos.example.org", datetime.now(UTC))
        names = ["demos.example.org", "*.demos.example.org", "*.share.demos.example.org"]
        pair = issue(authority, names, datetime.now(UTC))
        (folder / "fullchain.pem").write_text(pair.chain)
        (folder / "privkey.pem").write_text(pair.key)
        self.root = folder / "root.pem"
        self.root.write_text(authority.pem)

    def configuration(self, behind: str) -> str:
        """The page's own lines; only addresses and folders are those of here."""
        lines = block("docs/tls.md", "", containing="proxy_pass")
        for theirs, ours in (
            ("listen 80;", f"listen 127.0.0.1:{self.plain};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.secure} ssl;"),
            ("/etc/ssl/demos", str(self.folder)),
            ("http://10.0.0.7:8000", behind),
        ):
            assert theirs in lines, theirs
            lines = lines.replace(theirs, ours)
        temporary = "\n".join(f"{one}_temp_path {self.folder}/{one};" for one in _TEMPORARY)
        return _FRAME.format(folder=self.folder, temporary=temporary, lines=lines)


@contextmanager
def nginx(folder: Path, behind: str) -> Iterator[Nginx]:
    """It leads to `behind`."""
    found = Nginx(folder)
    file, log = folder / "nginx.conf", folder / "nginx.log"
    file.write_text(found.configuration(behind))
    command = [_binary(), "-p", str(folder), "-c", str(file)]
    with child(command, folder=folder, log=log, environment={}) as process:
        wait_until(lambda: connects(found.secure), process, log)
        yield found


def _binary() -> str:
    # Debian puts it where only root looks.
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert found, "nginx is missing: apt-get install nginx-light"
    return found
