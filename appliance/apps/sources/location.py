"""What the `source` of an app means."""

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from appliance.apps.runtime import BuildError
from appliance.config.source import GitSource

_REMOTE = re.compile(r"(https?://|ssh://|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:)")
_URL = re.compile(r"(https?|ssh)://(?!-)[^\s\x00-\x1f]+|[A-Za-z0-9_][\w.-]*@(?!-)[\w.-]+:(?!:)\S+")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/+-]*")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


class SourceError(BuildError):
    """A source cannot be read; the message is for the person who wrote `source`."""


@dataclass(frozen=True)
class Local:
    """A folder on this machine, or one script in it."""

    folder: Path
    file: str | None = None


@dataclass(frozen=True)
class Repository:
    """A Git repository at one ref."""

    url: str
    ref: str = "HEAD"
    folder: str = "."

    @property
    def shown(self) -> str:
        """The URL without credentials."""
        return redact(self.url)


def redact(text: str) -> str:
    """Text without the credentials of URLs in it."""
    return _CREDENTIALS.sub("", text)


def locate(spec: str | GitSource, base_folder: Path) -> Local | Repository:
    """Raises `SourceError` for what is neither a path nor a Git URL that is safe to fetch."""
    if isinstance(spec, GitSource):
        return _repository(spec.git, spec.ref, spec.folder, base_folder)
    if _is_repository(spec):
        return _repository(*_split_ref(spec), ".", base_folder)
    path = (base_folder / Path(spec).expanduser()).resolve()
    if path.is_file():
        return Local(path.parent, path.name)
    return Local(path)


def _is_repository(text: str) -> bool:
    path = text.split("@", maxsplit=1)[0] if not _REMOTE.match(text) else text
    return bool(_REMOTE.match(text)) or "://" in text or path.rstrip("/").endswith(".git")


def _split_ref(text: str) -> tuple[str, str]:
    """`url@ref` apart. The `@` of `user@host` stands before the path, so it is none of a ref."""
    scheme = re.match(r"[a-z]+://[^/]*|[^/:@]+@[^/:]+:", text)
    start = scheme.end() if scheme else 0
    path, at, ref = text[start:].partition("@")
    return text[:start] + path, ref if at else "HEAD"


def _repository(url: str, ref: str, folder: str, base_folder: Path) -> Repository:
    if not _REF.fullmatch(ref) or ".." in ref:
        raise SourceError(
            "source-ref",
            f"{ref!r} is no branch, tag or commit.",
            remedy="Check the ref of `source`.",
        )
    parts = PurePosixPath(folder)
    if parts.is_absolute() or ".." in parts.parts:
        raise SourceError(
            "source-folder",
            f"{folder!r} is not a folder inside the repository.",
            remedy="Name a folder relative to the repository's root.",
        )
    if _REMOTE.match(url) or "://" in url or "::" in url or url.startswith("-"):
        if not _URL.fullmatch(url) or "::" in url:
            raise SourceError(
                "source-url",
                f"{redact(url)!r} is no Git URL that is fetched here.",
                remedy="Use https://…, ssh://… or git@host:path.",
            )
        return Repository(url, ref, folder)
    return Repository(str((base_folder / Path(url).expanduser()).resolve()), ref, folder)
