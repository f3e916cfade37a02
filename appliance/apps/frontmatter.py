"""The front matter of a Space's README.md: what its author already said about the app.

Facts: the Spaces configuration reference of the Hugging Face Hub. A README is written for people,
so whatever cannot be read is as if it were absent; only what would run something else is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from appliance.apps.runtime import BuildError

_MOST = 64 * 1024
"""Bytes of README.md that are read."""
_SPELLED = {"color_from": "colorFrom", "color_to": "colorTo"}


@dataclass(frozen=True)
class FrontMatter:
    """The keys that matter here; everything else in the front matter is ignored."""

    title: str | None = None
    emoji: str | None = None
    short_description: str | None = None
    color_from: str | None = None
    color_to: str | None = None
    thumbnail: str | None = None
    app_file: str | None = None
    sdk: str | None = None
    sdk_version: str | None = None
    python_version: str | None = None


def read(folder: Path) -> FrontMatter:
    """The front matter of `folder/README.md`, empty without one."""
    try:
        with (folder / "README.md").open("rb") as file:
            text = file.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return FrontMatter()
    return parse(text)


def parse(text: str) -> FrontMatter:
    """Raises `BuildError` (`sdk-unsupported`, `file-outside`) for a Space that is no Gradio app."""
    values = _mapping(text)
    found = FrontMatter(
        **{key: _text(values.get(_SPELLED.get(key, key))) for key in FrontMatter.__annotations__}
    )
    if found.sdk not in (None, "gradio"):
        raise BuildError(
            "sdk-unsupported",
            f"README.md says `sdk: {found.sdk}`; this appliance runs Gradio apps.",
            remedy="Use a Space with `sdk: gradio`, or remove the key if this is a Gradio app.",
        )
    if found.app_file is not None and not _inside(found.app_file):
        raise BuildError(
            "file-outside",
            f"README.md says `app_file: {found.app_file}`, which is not inside the folder.",
            remedy="Name a file inside the app's folder.",
        )
    return found


def _mapping(text: str) -> Mapping[str, object]:
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        return {}
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        return {}
    # The base loader leaves scalars as text: `python_version: 3.10` must not become 3.1.
    yaml = YAML(typ="base", pure=True)
    yaml.allow_duplicate_keys = True
    try:
        values = yaml.load("\n".join(lines[1:end]))
    except (YAMLError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, Mapping) else {}


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return value.strip()[:500] or None


def _inside(file: str) -> bool:
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts
