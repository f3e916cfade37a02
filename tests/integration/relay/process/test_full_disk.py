"""The relay on a disk that takes nothing: what it promises is kept, or refused in words."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from appliance.control.relay import RelayClient, RelayRefused
from appliance.relay.model import KeyRequest
from tests.running.relay import WANTED, RelayProcess

NO_ROOM = {"detail": "The disk is full. Make room, then try again."}


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    """One whose data are on a small disk of their own."""
    (disk := tmp_path / "data").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], check=True)
    yield RelayProcess(tmp_path)
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(2**16))
        except OSError:
            return


def until_refused(relay: RelayProcess) -> httpx.Response:
    """Keys, for as long as the database has room that it took before."""
    for number in range(1000):
        answer = relay.ask("POST", "/keys", json={"name": f"more-{number}"})
        if answer.is_error:
            return answer
    raise AssertionError("the disk is not full")


async def test_nothing_is_promised_that_cannot_be_kept(relay: RelayProcess, tmp_path: Path) -> None:
    with relay.started():
        relay.want(WANTED)
        for name in ("ada", "eve"):
            relay.ask("POST", "/keys", json={"name": name}).raise_for_status()
        fill(tmp_path / "data")
        refused = until_refused(relay)
        assert (refused.status_code, refused.json()) == (507, NO_ROOM)
        client = RelayClient(relay.socket)
        with pytest.raises(RelayRefused, match="The disk is full"):
            await client.make_key(KeyRequest(name="bob"))
        await client.close()

        # Nobody was told the password, so nobody is asked for it.
        assert relay.ask("POST", "/keys/ada/protect").status_code == 507
        assert not key(relay, "ada")["password"]
        # What is taken away is gone at once, and stays so.
        assert relay.ask("DELETE", "/keys/eve").status_code == 507
        assert key(relay, "eve")["revoked"]
        (tmp_path / "data" / "filler").unlink()
        relay.ask("POST", "/keys/ada/protect").raise_for_status()
    fill(tmp_path / "data")
    # A machine that is started anew with a full disk still has its links.
    with relay.started():
        assert relay.want(WANTED)["listening"]
        assert key(relay, "ada")["password"]
        assert key(relay, "eve")["revoked"]
        assert "bob" not in [one["name"] for one in relay.ask("GET", "/keys").json()]
        assert relay.ask("POST", "/keys", json={"name": "bob"}).status_code == 507
        (tmp_path / "data" / "filler").unlink()
        relay.ask("POST", "/keys", json={"name": "bob"}).raise_for_status()


def key(relay: RelayProcess, name: str) -> dict[str, object]:
    return next(dict(one) for one in relay.ask("GET", "/keys").json() if one["name"] == name)
