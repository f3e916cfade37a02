"""What happens at the relay process, read as it happens, beside its log."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.relay.events.stream import Bounds
from tests.integration.relay.events import reading
from tests.running.process import child
from tests.running.relay import WANTED, RelayProcess, gradios_client
from tests.running.traefik import until
from tests.running.upstream import Upstream, serving


@pytest.fixture(scope="module")
def app() -> Iterator[Upstream]:
    made = Upstream("shared")
    with serving(made, made.url):
        yield made


def command(relay: RelayProcess, app: Upstream, token: str) -> list[str]:
    port = int(app.url.rpartition(":")[2])
    return gradios_client(f"127.0.0.1:{relay.clients}", port, token)


def logged(relay: RelayProcess) -> list[dict[str, Any]]:
    """The lines of its log, as events have them."""
    lines = (relay.folder / "relay.log").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "logger"} for line in lines]


def test_the_story_of_a_share_is_told_as_the_log_tells_it(
    told: RelayProcess, app: Upstream, tmp_path: Path
) -> None:
    with reading(told.socket) as reader:
        key = told.ask("POST", "/keys", json={"name": "eve", "password": True}).json()
        log = tmp_path / "client.log"
        token = f"story:{key['secret']}#{'open sesame'}"
        with child(command(told, app, token), folder=tmp_path, log=log, environment={}):
            until(lambda: reader.seen("share.opened", "tunnel.opened"))
            told.ask("POST", "/shares/story/extend", json={"by": 60}).raise_for_status()
            protected = told.ask("POST", "/shares/story/protect").json()
            told.ask("POST", "/shares/story/kick").raise_for_status()
            until(lambda: reader.seen("tunnel.closed"))
        told.ask("DELETE", "/keys/eve").raise_for_status()
        refused = tmp_path / "refused.log"
        with child(command(told, app, token), folder=tmp_path, log=refused, environment={}):
            until(lambda: reader.seen("tunnel.refused"))
    relays = [event["event"] for event in reader.events if not event["event"].startswith("tunnel")]
    assert relays == [
        "key.created", "share.opened", "share.extended", "share.protected", "share.ended",
        "key.revoked",
    ]  # fmt: skip
    # In the order of causes, wherever each was seen.
    assert reader.names.index("share.opened") < reader.names.index("tunnel.opened")
    assert reader.names.index("share.ended") < reader.names.index("tunnel.closed")
    lines = logged(told)
    assert all(event in lines for event in reader.events)
    opened = next(event for event in reader.events if event["event"] == "share.opened")
    assert (opened["name"], opened["key"], opened["client"]) == ("story", "eve", "gradio")
    assert {event.get("worker") for event in reader.events} <= {None, 0, 1}
    for secret in (key["secret"], key["label"], key["password"], protected["password"], "sesame"):
        assert secret not in json.dumps(reader.events)


def test_a_wish_for_the_newest_ends_with_them(told: RelayProcess) -> None:
    for name in ("first", "second", "third"):
        told.ask("POST", "/keys", json={"name": name}).raise_for_status()

    def newest(tail: int) -> list[dict[str, Any]]:
        answer = told.ask("GET", "/events", params={"tail": tail, "follow": "false"})
        lines = answer.text.splitlines()
        return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]

    made = [event["key"] for event in newest(1000) if event["event"] == "key.created"]
    assert made[-3:] == ["first", "second", "third"]
    assert len(newest(2)) == 2
    assert newest(0) == []
    for wrong in ({"tail": -1}, {"tail": "all"}, {"follow": "perhaps"}):
        assert told.ask("GET", "/events", params=wrong).status_code == 422


def test_one_reader_too_many_is_refused_until_one_leaves(told: RelayProcess) -> None:
    def open_() -> int:
        return told.ask("GET", "/events", params={"follow": "false"}).status_code

    with ExitStack() as readers:
        for _ in range(Bounds().readers):
            line = readers.enter_context(closing(socket.socket(socket.AF_UNIX)))
            line.connect(str(told.socket))
            line.sendall(b"GET /events HTTP/1.1\r\nHost: relay\r\n\r\n")
            assert line.recv(15) == b"HTTP/1.1 200 OK"
        full = told.ask("GET", "/events")
        assert (full.status_code, full.json()["code"]) == (503, "too-many-readers")
        line.close()
        until(lambda: open_() == httpx.codes.OK)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_reader_goes_on_after_a_restart_and_learns_that_he_missed_some(
    app: Upstream, tmp_path: Path, workers: int
) -> None:
    relay = RelayProcess(tmp_path, workers)
    with ExitStack() as clients:
        with relay.started():
            relay.want(WANTED)
            stack = ExitStack()
            reader = stack.enter_context(reading(relay.socket))
            log = tmp_path / "client.log"
            clients.enter_context(
                child(command(relay, app, "token"), folder=tmp_path, log=log, environment={})
            )
            until(lambda: reader.seen("tunnel.opened"))
        with stack:
            until(lambda: reader.ended)
        # The end is told as well, to the last good-bye.
        assert reader.ended == "well"
        assert reader.seen("tunnel.closed", "share.away", "relay.closed")
        with relay.started():
            relay.want(WANTED)
            with reading(relay.socket, last=reader.last) as again:
                until(lambda: again.seen("relay.listening"))
        assert again.events[0] == {"event": "lost", "missed": None}
        assert again.names[1] == "relay.started"
