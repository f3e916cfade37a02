"""Logging of every process: events with fields, for people on a terminal, as JSON elsewhere."""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_QUIET = ("alembic", "httpx", "httpcore", "watchfiles", "uvicorn.access")
"""Libraries that tell of every request, file event or step of theirs."""


def configure(level: int = logging.INFO, stream: TextIO = sys.stderr) -> None:
    """Set up structlog and the standard library's logging alike. Call once, first thing.

    Log an event and its fields: `get_logger().info("routes.live", apps=3)`. Never a secret.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderer(stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderer(stream: TextIO) -> tuple[Processor, ...]:
    if stream.isatty():
        return (_harmless, structlog.dev.ConsoleRenderer())
    return (structlog.processors.format_exc_info, structlog.processors.JSONRenderer())


def _harmless(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Strangers choose some of the words, such as names they ask for; none steers a terminal."""
    return {
        key: harmless(value) if isinstance(value, str) else value for key, value in event.items()
    }


def harmless(text: str) -> str:
    """Without what steers a terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "·" for char in text)
