"""`ssh -L` to a real sshd of this machine, with keys made for it."""

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.running.process import child, connects, free_port, wait_until


@contextmanager
def forwarded(port: int) -> Iterator[int]:
    """As `ssh -L …:localhost:port`; the port on "your own computer"."""
    with TemporaryDirectory(prefix="ssh-") as made, _sshd(Path(made)) as server:
        folder, own = Path(made), free_port()
        command = [
            "ssh", "-N", "-F", "none", "-L", f"{own}:localhost:{port}",
            "-p", str(server), "-i", str(folder / "visitor"), "-o", "IdentitiesOnly=yes",
            "-o", f"UserKnownHostsFile={folder / 'known_hosts'}", "-o", "BatchMode=yes",
            "-o", "ExitOnForwardFailure=yes", f"{getpass.getuser()}@127.0.0.1",
        ]  # fmt: skip
        log = folder / "ssh.log"
        with child(command, folder=folder, log=log, environment={}) as client:
            wait_until(lambda: connects(own), client, log)
            yield own


@contextmanager
def _sshd(folder: Path) -> Iterator[int]:
    program = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "sshd is missing: apt-get install openssh-server"
    if os.geteuid() == 0:
        # Where sshd separates its rights; its service would have made it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    for name in ("machine", "visitor"):
        key = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
        subprocess.run(key, check=True, timeout=60)
    port, log = free_port(), folder / "sshd.log"
    host_key = (folder / "machine.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/machine\n"
        f"AuthorizedKeysFile {folder}/visitor.pub\nStrictModes no\nPidFile none\n"
        "AuthenticationMethods publickey\nUsePAM no\nPermitRootLogin prohibit-password\n"
    )
    command = [program, "-D", "-e", "-f", str(folder / "sshd_config")]
    with child(command, folder=folder, log=log, environment={}) as server:
        wait_until(lambda: connects(port), server, log)
        yield port
