"""Whoever reads the pages gets from each to the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.markdown import PAGES, ROOT, anchors, links


def led_to(page: Path) -> Iterator[tuple[str, Path, str]]:
    """Links within the checkout: as written, where they lead, at what heading."""
    for link in links(page):
        if "://" not in link:
            where, _, anchor = link.partition("#")
            yield link, (page.parent / where if where else page).resolve(), anchor


def broken(page: Path) -> list[str]:
    return [
        link
        for link, target, anchor in led_to(page)
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_is_broken(page: Path) -> None:
    assert broken(page) == []


def test_every_page_is_found_from_the_first() -> None:
    found, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in found:
            continue
        found.add(page)
        targets = [target for _, target, _ in led_to(page)]
        # GitHub shows what is in a folder.
        pages = [one for place in targets for one in (place, *sorted(place.glob("*.md")))]
        ahead += [one for one in pages if one.suffix == ".md" and one.exists()]
    assert set(PAGES) - found == set()
