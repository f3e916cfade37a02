"""Events with fields, as JSON where nobody watches."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from appliance.logging import configure


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[io.StringIO])
def stream(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = request.param()
    configure(stream=stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(stream: io.StringIO) -> None:
    structlog.get_logger("appliance.x").info("app.routed", app="hello", note="two\nlines")
    (line,) = lines(stream)
    assert line["event"] == "app.routed"
    assert (line["app"], line["note"], line["level"]) == ("hello", "two\nlines", "info")
    assert line["logger"] == "appliance.x"


def test_libraries_speak_the_same_language(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("careful with %s", "this")
    (line,) = lines(stream)
    assert (line["event"], line["level"]) == ("careful with this", "warning")


def test_no_traceback_is_lost(stream: io.StringIO) -> None:
    try:
        {}["x"]
    except KeyError:
        structlog.get_logger().exception("broke")
    (line,) = lines(stream)
    assert "KeyError: 'x'" in line["exception"]


def test_chatter_about_every_request_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET /")
    assert lines(stream) == []


@pytest.mark.parametrize("stream", [Terminal], indirect=True)
def test_what_strangers_say_steers_no_terminal(stream: io.StringIO) -> None:
    said = "x\x1b]0;hello\x07\x9b31m"
    structlog.get_logger().warning("tunnel.tls_failed", server_name=said, note=f"two\n{said}")
    logging.getLogger("some.library").warning("about %s", said)
    written = stream.getvalue()
    # Colours of our own remain.
    assert [bad for bad in ("\x07", "\x9b", "\x1b]") if bad in written] == []
    assert "]0;hello" in written
