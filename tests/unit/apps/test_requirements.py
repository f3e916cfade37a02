from pathlib import Path

import pytest

from appliance.apps.requirements import read, system_packages
from appliance.apps.runtime import BuildError


def lines(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "requirements.txt").write_text(text)
    return read(folder, "requirements.txt").lines


def test_options_come_first_and_packages_are_sorted(tmp_path) -> None:
    text = (
        "torch\n--extra-index-url https://example.org/simple\n"
        "Numpy==1.0 \\\n  ; python_version>'3'\n"
    )
    assert lines(tmp_path, text) == (
        "--extra-index-url https://example.org/simple",
        'Numpy==1.0; python_version > "3"',
        "torch",
    )


def test_urls_and_fragments_are_kept(tmp_path) -> None:
    text = "git+https://example.org/a.git@v1#egg=a\npkg @ https://example.org/p.whl\n"
    assert set(lines(tmp_path, text)) == {
        "git+https://example.org/a.git@v1#egg=a",
        "pkg @ https://example.org/p.whl",
    }


def test_files_that_include_each_other_end(tmp_path) -> None:
    (tmp_path / "b.txt").write_text("-r requirements.txt\npillow")
    assert lines(tmp_path, "-r b.txt\nnumpy") == ("numpy", "pillow")


@pytest.mark.parametrize(
    "text",
    [
        "-r ../outside.txt",
        "-r missing.txt",
        "-e .",
        "./pkg.whl",
        "/abs/pkg.whl",
        "-c c.txt",
        "a b c",
    ],
)
def test_what_cannot_be_installed_elsewhere_is_refused_by_name(tmp_path, text: str) -> None:
    (tmp_path.parent / "outside.txt").write_text("numpy")
    with pytest.raises(BuildError) as caught:
        lines(tmp_path, text)
    assert text in caught.value.summary


def test_utf16_of_powershell_is_read(tmp_path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\r\n", encoding="utf-16")
    assert read(tmp_path, "requirements.txt").packages == ("numpy",)


def test_system_packages_are_names_and_nothing_else(tmp_path) -> None:
    (tmp_path / "packages.txt").write_text("ffmpeg libsm6 # video\nffmpeg\n")
    assert system_packages(tmp_path) == ("ffmpeg", "libsm6")
    (tmp_path / "packages.txt").write_text("ffmpeg; -o=Dpkg::x")
    with pytest.raises(BuildError, match="no name of a Debian package"):
        system_packages(tmp_path)
