"""An appliance whose disk fills up, and is emptied again."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.running.process import free_port

pytestmark = pytest.mark.timeout(600)
PASSWORD = "correct horse battery"
PATIENCE = 240


class Site:
    """An appliance with a small disk of its own for its data."""

    def __init__(self, folder: Path, disk: Path) -> None:
        self.folder, self.disk = folder, disk
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        (folder / "without-a-script").mkdir()

    def write(self, apps: str) -> None:
        (self.folder / "appliance.yaml").write_text(
            f"ports: {{local: {self.port}}}\nauth: {{}}\nstorage: {{data: {self.disk}}}\n{apps}\n"
        )

    def appliance(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("APPLIANCE_")}
        return subprocess.run(
            [sys.executable, "-m", "appliance", *words],
            cwd=self.folder, env=environment, input=typed,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

    def notices(self) -> str:
        found = json.loads(self.appliance("status", "--json").stdout)["notices"]
        return "\n".join(one["message"] for one in found)

    def fill(self) -> None:
        with (self.disk / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(2**20))
            except OSError:
                return

    def empty(self) -> None:
        (self.disk / "filler").unlink()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    # A short path: sockets are in it.
    disk = Path(tempfile.mkdtemp(prefix="disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", disk], check=True)
    site = Site(tmp_path, disk)
    try:
        site.write("apps: {}")
        started = site.appliance("up", "--detach")
        assert started.returncode == 0, started.stdout + started.stderr
        yield site
    finally:
        site.appliance("down")
        subprocess.run(["umount", "--lazy", disk], check=True)
        disk.rmdir()


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.2)


def test_a_full_disk_is_told_and_all_goes_on_once_there_is_room(site: Site) -> None:
    assert site.appliance("users", "create", "ada", typed=f"{PASSWORD}\n").returncode == 0
    assert "The disk" not in site.notices()
    with httpx.Client(base_url=site.url, headers={"Accept": "text/html"}, timeout=60) as browser:
        form = browser.get("/-/sign-in").text
        site.fill()
        site.write("apps: {lost: {source: without-a-script}}")
        until(lambda: "less than 16 MB left" in site.notices(), "the full disk is told")
        until(lambda: "changes wait" in site.notices(), "that the new app waits is told")

        refused = site.appliance("users", "create", "bob", typed=f"{PASSWORD}\n")
        assert refused.returncode == 1
        assert "The disk is full." in refused.stderr
        examined = site.appliance("doctor")
        assert examined.returncode == 1
        assert "✗ storage" in examined.stdout
        token = form.split('form-token" value="')[1].split('"')[0]
        sent = {"form-token": token, "to": "/", "name": "ada", "password": PASSWORD}
        page = browser.post("/-/sign-in", data=sent, headers={"Origin": site.url})
        assert page.status_code == 507
        assert "the disk of this appliance takes nothing more" in page.text
        assert browser.get("/").status_code == 200

        site.empty()
        # Nobody has to do anything: it is as far as it would have been.
        until(lambda: "There is no app.py" in site.appliance("apps").stdout, "its source was read")
        until(lambda: "The disk" not in site.notices(), "the notice is gone")
        page = browser.post("/-/sign-in", data=sent, headers={"Origin": site.url})
        assert page.status_code == 303
