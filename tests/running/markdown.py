"""The project's own pages, as a reader finds them: what to copy, and where links lead."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))


@dataclass(frozen=True)
class Block:
    """What stands between fences."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def tokens(page: Path) -> tuple[Token, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse(page.read_text()))


def blocks(*languages: str, page: str = "") -> list[Block]:
    """In the order of the pages; of one page if it is named."""
    return [one for one in every() if one.language in languages and page in ("", one.page)]


@cache
def every() -> tuple[Block, ...]:
    """Of all pages."""
    return tuple(block for path in PAGES for block in _blocks(path))


def block(page: str, language: str, containing: str) -> str:
    """The text of the one block of a page that has these words in it."""
    (found,) = [one.text for one in blocks(language, page=page) if containing in one.text]
    return found


def inline(page: Path) -> Iterator[str]:
    """What stands between single backticks."""
    for token in tokens(page):
        for part in token.children or ():
            if part.type == "code_inline":
                yield part.content


def links(page: Path) -> Iterator[str]:
    for token in tokens(page):
        for part in token.children or ():
            if part.type in ("link_open", "image"):
                yield str(part.attrs.get("href", part.attrs.get("src")))


@cache
def anchors(page: Path) -> frozenset[str]:
    """Of its headings, as GitHub makes them."""
    found: dict[str, int] = {}
    whole = tokens(page)
    for token, after in pairwise(whole):
        if token.type == "heading_open":
            words = "".join(one.content for one in after.children or ())
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            found[slug] = found.get(slug, -1) + 1
    return frozenset(
        slug if not number else f"{slug}-{number}"
        for slug, last in found.items()
        for number in range(last + 1)
    )


def _blocks(path: Path) -> Iterator[Block]:
    for token in tokens(path):
        if token.type == "fence" and token.map:
            name = path.relative_to(ROOT).as_posix()
            yield Block(name, token.map[0] + 1, token.info.strip(), token.content)
