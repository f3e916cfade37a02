"""Restarts, limits and the end."""

import signal
from pathlib import Path

import pytest

from tests.integration.server.test_shapes import client
from tests.integration.server.test_visitors import poll, upload
from tests.running.http import get
from tests.running.servers import Server, Servers


def caches(server: Server) -> dict[Path, str]:
    return {path: path.read_text() for path in (server.folder / "examples").rglob("log.csv")}


def stop(server: Server) -> int:
    server.process.send_signal(signal.SIGTERM)
    return server.process.wait(60)


@pytest.fixture(scope="module")
def busy(servers: Servers) -> Server:
    return servers.start("full.py", name="busy")


@pytest.fixture(scope="module")
def full(servers: Servers) -> Server:
    folder = servers.folder / "full-disk" / "data"
    folder.mkdir(parents=True)
    (folder / "much").write_bytes(b"x" * 3_000_000)
    storage = {part: str(folder.parent / part) for part in ("temp", "examples", "data")}
    old = folder.parent / "temp" / "old" / "file"
    old.parent.mkdir(parents=True)
    old.write_text("of an earlier process")
    storage |= {"disk_limit": 2_000_000, "check_every": 0.2, "keep": 2.0}  # type: ignore[dict-item]
    return servers.start("full.py", name="full-disk", storage=storage)


def test_examples_are_cached_once_and_kept_over_restarts(
    servers: Servers, busy: Server, full: Server
) -> None:
    first = servers.start("cached.py", examples_cache="eager").wait_until_ready()
    # Gradio computes them after it has begun to serve.
    assert poll(lambda: list((first.folder / "examples").rglob(".complete")))
    made = caches(first)
    assert len(made) == 1
    assert stop(first) == 0
    again = servers.start("cached.py", examples_cache="eager").wait_until_ready()
    assert caches(again) == made
    assert stop(again) == 0


def test_a_full_disk_takes_nothing_more_and_is_cleaned(full: Server) -> None:
    full.wait_until_ready()
    old = full.folder / "temp" / "old"
    assert poll(lambda: not old.exists())
    refused = upload(full, 1000)
    assert refused.status_code == 507
    assert "disk limit" in refused.text
    assert get(full.url).status_code == 200


def test_sigterm_finishes_what_is_in_flight(busy: Server) -> None:
    busy.wait_until_ready()
    with client(busy.url) as app:
        job = app.submit(3, api_name="/slow")
        assert poll(lambda: get(busy.origin + "/readyz").json()["streams"] == 1)
        busy.process.send_signal(signal.SIGTERM)
        assert job.result(timeout=120) == "done"
    assert busy.process.wait(60) == 0
    assert "Traceback" not in busy.log


def test_sigterm_lets_the_script_clean_up(servers: Servers) -> None:
    server = servers.start("asynchronous.py", name="cleaning").wait_until_ready()
    assert stop(server) == 0
    assert "cleaned up" in server.log


def test_a_second_sigterm_ends_it_at_once(servers: Servers) -> None:
    server = servers.start("full.py", name="hurried").wait_until_ready()
    with client(server.url) as app:
        app.submit(600, api_name="/slow")
        assert poll(lambda: get(server.origin + "/readyz").json()["streams"] == 1)
        server.process.send_signal(signal.SIGTERM)
        assert poll(lambda: not _accepts(server))
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 143


def _accepts(server: Server) -> bool:
    try:
        get(server.origin + "/healthz")
    except OSError:
        return False
    except Exception:  # noqa: BLE001 - httpx's own connection errors
        return False
    return True
