"""Where an app comes from: a folder or a Git repository."""

import re
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field, field_validator

from appliance.config.section import Section
from appliance.config.units import Says

GIT_URL = re.compile(r"^(https?|ssh|git|file)://|^[\w.-]+@[\w.-]+:|\.git/?$")


def inside(value: str, otherwise: str) -> str:
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts:
        raise ValueError(otherwise)
    return value


class GitSource(Section):
    """A Git repository at one ref; `git` is all it needs."""

    git: str = Field(description="Repository URL: https://, ssh:// or a path ending in .git.")
    ref: str = Field("HEAD", description="Branch, tag or commit.")
    folder: str = Field(".", description="Folder inside the repository that holds the app.")

    @field_validator("git")
    @classmethod
    def _repository(cls, value: str) -> str:
        if not GIT_URL.search(value) or value.startswith("-"):
            raise ValueError("expected a repository URL or a path that ends in .git")
        return value

    @field_validator("ref")
    @classmethod
    def _ref(cls, value: str) -> str:
        if not value or value.startswith("-") or not value.isprintable() or " " in value:
            raise ValueError("expected a branch, tag or commit")
        return value

    @field_validator("folder")
    @classmethod
    def _inside_repository(cls, value: str) -> str:
        return inside(value, "expected a folder inside the repository")


Source = Annotated[
    str | GitSource,
    Says("a folder, a Git URL or {git: URL, ref: branch, folder: path}", "apps/hello"),
]
