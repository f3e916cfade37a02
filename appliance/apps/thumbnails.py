"""The picture of an app: a file of its source that strangers may be shown."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LARGEST = 512 * 1024
"""Bytes; fifty of them are on one page."""
_USUAL = ("thumbnail.png", "thumbnail.jpg", "thumbnail.webp")
_KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}
"""By how the file begins: a name is no proof, and an SVG could run scripts."""


@dataclass(frozen=True)
class Picture:
    content: bytes
    kind: str
    """Media type."""


def find(source: Path, named: str | None) -> str | None:
    """Which file of the source to show: the one that the front matter names, or a usual one.

    A URL, as Spaces may name one, is no file: the appliance fetches nothing.
    """
    names = (*((named,) if named else ()), *_USUAL)
    return next((name for name in names if load(source, name) is not None), None)


def load(source: Path, name: str) -> Picture | None:
    """None for what is no picture, too large, or outside the source."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "://" in name:
        return None
    try:
        file = (source / path).resolve(strict=True)
        if not file.is_relative_to(source.resolve()) or not file.is_file():
            return None
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except (OSError, ValueError):
        return None
    kind = _kind(content)
    return Picture(content, kind) if kind and len(content) <= LARGEST else None


def _kind(content: bytes) -> str | None:
    found = next((kind for start, kind in _KINDS.items() if content.startswith(start)), None)
    return None if found == "image/webp" and content[8:12] != b"WEBP" else found
