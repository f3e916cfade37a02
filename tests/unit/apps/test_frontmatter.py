import pytest

from appliance.apps.frontmatter import FrontMatter, parse, read
from appliance.apps.runtime import BuildError


def test_reads_what_spaces_read() -> None:
    text = (
        "---\ntitle: My app\nemoji: 🎈\nsdk: gradio\nsdk_version: 6.31.0\npython_version: 3.10\n"
        "app_file: run.py\nshort_description: It greets.\ncolorFrom: blue\ncolorTo: pink\n"
        "tags: [a, b]\n---\n# Words\n"
    )
    assert parse(text) == FrontMatter(
        title="My app",
        emoji="🎈",
        short_description="It greets.",
        color_from="blue",
        color_to="pink",
        app_file="run.py",
        sdk="gradio",
        sdk_version="6.31.0",
        python_version="3.10",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Just a README",
        "---\ntitle: no end",
        "---\n[not: a mapping\n---\n",
        "---\n- a\n- b\n---\n",
        "---\n!!python/object/apply:os.system [ls]\n---\n",
        "---\ntitle: [a, list]\n---\n",
    ],
)
def test_a_readme_without_usable_front_matter_says_nothing(text: str) -> None:
    assert parse(text) == FrontMatter()


def test_a_folder_without_a_readme_says_nothing(tmp_path) -> None:
    assert read(tmp_path) == FrontMatter()


def test_a_windows_editor_is_no_obstacle() -> None:
    assert parse("\ufeff---\r\ntitle: Hi\r\n---\r\n").title == "Hi"


def test_another_sdk_is_refused_with_a_remedy() -> None:
    with pytest.raises(BuildError) as caught:
        parse("---\nsdk: streamlit\n---\n")
    assert caught.value.code == "sdk-unsupported"
    assert "streamlit" in caught.value.summary
    assert caught.value.remedy


@pytest.mark.parametrize("file", ["../../etc/passwd", "/etc/passwd"])
def test_a_script_outside_the_folder_is_refused(file: str) -> None:
    with pytest.raises(BuildError) as caught:
        parse(f"---\napp_file: {file}\n---\n")
    assert caught.value.code == "file-outside"
