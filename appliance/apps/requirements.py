"""Requirement files, normalised: equal needs are spelled alike, whatever the author's spelling.

They are installed away from the app's folder (as on Spaces), so a line cannot point into it;
`-r` to a file inside the folder is followed here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from appliance.apps.runtime import BuildError

_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"(?:-r|--requirement)[\s=]*(.+)")
_OPTIONS = (
    "--index-url", "-i ", "--extra-index-url", "--find-links", "-f ", "--pre",
    "--no-binary", "--only-binary", "--no-index", "--prefer-binary",
)  # fmt: skip
_DEBIAN_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?(=[A-Za-z0-9.+~:-]+)?")
_MOST = 1024 * 1024
"""Bytes of one file."""


@dataclass(frozen=True)
class Requirements:
    """One requirements file with everything it includes."""

    options: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        return (*self.options, *self.packages)


def read(folder: Path, name: str) -> Requirements:
    """Requirements of `folder/name`, empty without such a file. Raises `BuildError`."""
    if not (folder / name).is_file():
        return Requirements()
    lines = dict.fromkeys(_lines(folder, folder / name, ()))
    options = tuple(line for line in lines if line.startswith("-"))
    packages = sorted((line for line in lines if not line.startswith("-")), key=str.lower)
    return Requirements(options, tuple(packages))


def parse(line: str) -> Requirement | None:
    """The requirement of a line, or None for a bare URL."""
    try:
        return Requirement(line.split(" --hash", 1)[0])
    except InvalidRequirement:
        return None


def system_packages(folder: Path) -> tuple[str, ...]:
    """Debian packages of packages.txt, sorted. Raises `BuildError` for anything else in it."""
    file = folder / "packages.txt"
    if not file.is_file():
        return ()
    words = {word for line in _text(file).splitlines() for word in _COMMENT.sub("", line).split()}
    for word in sorted(words):
        if not _DEBIAN_PACKAGE.fullmatch(word):
            raise BuildError(
                "packages-invalid",
                f"packages.txt: {word!r} is no name of a Debian package.",
                remedy="Write one package name a line, e.g. ffmpeg.",
            )
    return tuple(sorted(words))


def _lines(folder: Path, file: Path, above: tuple[Path, ...]) -> Iterator[str]:
    text = re.sub(r"\\\r?\n", " ", _text(file))
    for raw in text.splitlines():
        line = " ".join(_COMMENT.sub("", raw).split())
        if not line:
            continue
        include = _INCLUDE.fullmatch(line)
        if include is None:
            yield _normal(line, file.name)
            continue
        other = (file.parent / include[1].strip()).resolve()
        if not other.is_relative_to(folder.resolve()) or not other.is_file():
            raise _refused(file.name, line, "the file is not in the app's folder")
        if other not in above:
            yield from _lines(folder, other, (*above, file.resolve(), other))


def _normal(line: str, file: str) -> str:
    if line.startswith("-"):
        if line.startswith(_OPTIONS):
            return line
        raise _refused(file, line, "this option is not supported here")
    requirement = parse(line)
    if requirement is not None:
        marked = " --hash" in line
        return line if marked else str(requirement)
    if re.match(r"[a-z+]+://|git\+", line):
        return line
    if line.startswith((".", "/")) or line.endswith((".whl", ".tar.gz", ".zip")):
        raise _refused(file, line, "a path cannot be installed")
    raise _refused(file, line, "this is no requirement")


def _refused(file: str, line: str, why: str) -> BuildError:
    return BuildError(
        "requirements-invalid",
        f"{file}: `{line}`: {why}.",
        remedy="Write packages as `name`, `name==1.2` or `name @ https://…`, one a line.",
    )


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        content = stream.read(_MOST)
    # Notepad and PowerShell write UTF-16 and byte order marks.
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "replace")
