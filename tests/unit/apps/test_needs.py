from pathlib import Path

import pytest

from appliance.apps import needs
from appliance.apps.frontmatter import FrontMatter
from appliance.apps.needs import DEFAULT_GRADIO, Defaults
from appliance.apps.runtime import BuildError, Needs
from appliance.config.schema import App

DEFAULTS = Defaults(python="3.11")


def of(folder: Path, app: App | None = None, front: FrontMatter | None = None) -> Needs:
    return needs.of(folder, app or App(source="x"), front or FrontMatter(), DEFAULTS)


def gradio(found: Needs) -> str:
    return next(line for line in found.requirements if line.startswith("gradio["))


def test_an_app_that_asks_for_nothing_gets_our_gradio_and_what_the_app_server_needs(
    tmp_path,
) -> None:
    assert of(tmp_path) == Needs(
        python="3.11",
        requirements=(f"gradio[mcp,oauth]=={DEFAULT_GRADIO}", "httptools", "pyjwt[crypto]"),
    )


@pytest.mark.parametrize(
    ("yaml", "sdk", "own", "expected"),
    [
        ("6.30.0", "6.20.0", "gradio==6.10.0", "==6.30.0"),
        (None, "6.20.0", "gradio==6.10.0", "==6.20.0"),
        (None, None, "gradio==6.10.0", "==6.10.0"),
        (None, None, "gradio", f"=={DEFAULT_GRADIO}"),
        (None, None, "gradio>=4", f"=={DEFAULT_GRADIO}"),
        (None, None, "gradio<6.20", "<6.20,>=6.0"),
        ("6.30", None, "", "==6.30.*"),
        ("6", None, "", "==6.*"),
    ],
)
def test_gradios_version_is_the_yamls_then_the_readmes_then_the_apps_own(
    tmp_path, yaml: str | None, sdk: str | None, own: str, expected: str
) -> None:
    (tmp_path / "requirements.txt").write_text(own)
    found = of(tmp_path, App(source="x", gradio=yaml), FrontMatter(sdk_version=sdk))
    assert gradio(found) == f"gradio[mcp,oauth]{expected}"


@pytest.mark.parametrize("own", ["gradio==5.49.1", "gradio<6", "gradio~=4.0"])
def test_a_gradio_too_old_is_refused_with_the_line_that_mends_it(tmp_path, own: str) -> None:
    (tmp_path / "requirements.txt").write_text(own)
    with pytest.raises(BuildError) as caught:
        of(tmp_path)
    assert caught.value.code == "gradio-too-old"
    assert f'gradio: "{DEFAULT_GRADIO}"' in caught.value.remedy


def test_a_readme_of_an_old_space_is_refused_and_the_yaml_wins_over_it(tmp_path) -> None:
    front = FrontMatter(sdk_version="4.44.0")
    with pytest.raises(BuildError, match=r"sdk_version.*4\.44\.0"):
        of(tmp_path, front=front)
    assert gradio(of(tmp_path, App(source="x", gradio="6.31.0"), front)).endswith("==6.31.0")


def test_extras_of_the_app_are_kept(tmp_path) -> None:
    (tmp_path / "requirements.txt").write_text("gradio[oauth,dev]==6.31.0")
    assert gradio(of(tmp_path)) == "gradio[dev,mcp,oauth]==6.31.0"


@pytest.mark.parametrize(
    ("wanted", "expected"), [("3.10", "3.10"), ("3.12.7", "3.12"), ("3", "3.11"), (None, "3.11")]
)
def test_python_is_major_and_minor(tmp_path, wanted: str | None, expected: str) -> None:
    assert of(tmp_path, front=FrontMatter(python_version=wanted)).python == expected


@pytest.mark.parametrize("wanted", ["3.8", "2.7", "latest"])
def test_a_python_that_cannot_be_is_refused(tmp_path, wanted: str) -> None:
    with pytest.raises(BuildError):
        of(tmp_path, front=FrontMatter(python_version=wanted))


def test_equal_needs_share_a_digest_whatever_their_spelling(tmp_path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    (first / "requirements.txt").write_text("numpy >= 1.2  # fast\npillow\n")
    (second / "requirements.txt").write_text("-r more.txt\r\n\r\npillow")
    (second / "more.txt").write_text("numpy>=1.2")
    assert of(first).digest == of(second).digest
    (second / "packages.txt").write_text("ffmpeg")
    assert of(first).digest != of(second).digest
