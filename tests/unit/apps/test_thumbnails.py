"""Which picture of an app is shown to strangers."""

from pathlib import Path

import pytest

from appliance.apps.thumbnails import LARGEST, find, load

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def test_the_named_file_comes_before_the_usual_ones(tmp_path: Path) -> None:
    (tmp_path / "thumbnail.png").write_bytes(PNG)
    assert find(tmp_path, None) == "thumbnail.png"
    (tmp_path / "images").mkdir()
    (tmp_path / "images/look.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert find(tmp_path, "images/look.jpg") == "images/look.jpg"
    picture = load(tmp_path, "images/look.jpg")
    assert picture is not None
    assert picture.kind == "image/jpeg"


def test_a_url_is_not_fetched(tmp_path: Path) -> None:
    assert find(tmp_path, "https://example.org/thumbnail.png") is None


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg onload='x'>", b"<html>", b"RIFF\0\0\0\0WAVE", PNG + b"\0" * LARGEST],
)
def test_what_is_no_picture_or_too_large_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "thumbnail.png").write_bytes(content)
    assert find(tmp_path, None) is None


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "link.png", "a\0b", "."])
def test_nothing_outside_the_source_is_shown(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    source = tmp_path / "source"
    source.mkdir()
    (source / "link.png").symlink_to(tmp_path / "secret.png")
    assert load(source, name) is None
