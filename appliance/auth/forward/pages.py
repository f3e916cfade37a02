"""What ForwardAuth shows a browser in place of an app; given by whoever makes pages."""

from collections.abc import Callable
from dataclasses import dataclass

Raw = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body, ready to be sent."""

SOON = b"(soon)"
"""Stands in a page for the time to wait, which is known only when it is sent."""

Origins = tuple[str, ...]
"""Of sites that may show a page in a frame."""


@dataclass(frozen=True, slots=True)
class Pages:
    """How to make each of them; asked once for each configuration, never for a request."""

    forbidden: Callable[[str, Origins], Raw]
    """For somebody who may not see the app: the way home, who may show it in a frame."""
    framed: Callable[[str, str, Origins], Raw]
    """For a frame whose visitor has to sign in, which shows itself in none: app, path, who."""
    limited: Callable[[], Raw]
    """For somebody who calls too often; has `SOON` in it."""
