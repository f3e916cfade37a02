"""Secrets: read where the YAML points, kept in a wrapper that never shows them by accident."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from appliance.commands import UP
from appliance.config.kept import SecretRef

MAX_BYTES = 64 * 1024
"""A key or token; Linux allows 128 KB for one environment variable."""


class Secret:
    """A text that prints as `••••`, whichever way it is printed. `reveal()` is the only way out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, at the moment it is handed to its user."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('••••')"

    def __str__(self) -> str:
        return "••••"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not stored or copied; reveal it where it is needed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))


class SecretError(Exception):
    """A secret cannot be had. Names the place, never the content."""

    def __init__(self, code: str, problem: str, remedy: str, key: str = "") -> None:
        super().__init__(f"{key}: {problem}" if key else problem)
        self.code = code
        self.remedy = remedy
        self.problem = problem


def resolve(
    ref: SecretRef, base_folder: Path, environment: Mapping[str, str] | None = None
) -> Secret:
    """The secret behind a reference; one final line end is not part of it. Raises `SecretError`."""
    if ref.env is not None:
        return _from_environment(ref.env, os.environ if environment is None else environment)
    assert ref.file is not None  # the schema demands one of the two
    return _from_file(ref.file, base_folder)


def resolve_all(refs: Mapping[str, SecretRef], base_folder: Path, key: str) -> Mapping[str, Secret]:
    """All secrets of a section; `key` (`apps.hello.secrets`) leads the words of the error."""
    secrets = {}
    for name, ref in refs.items():
        try:
            secrets[name] = resolve(ref, base_folder)
        except SecretError as error:
            raise SecretError(error.code, error.problem, error.remedy, f"{key}.{name}") from None
    return secrets


def _from_environment(name: str, environment: Mapping[str, str]) -> Secret:
    if not environment.get(name):
        state = "is not set" if name not in environment else "is empty"
        raise SecretError(
            "secret-unset",
            f"the environment variable {name} {state}",
            f"`{name}` where the appliance starts, or {{file: …}}",
        )
    return Secret(environment[name])


def _from_file(name: str, base_folder: Path) -> Secret:
    try:
        text = _read(base_folder / name)
    except FileNotFoundError:
        raise SecretError(
            "secret-missing",
            f"there is no file {name}",
            f"the secret in {base_folder.absolute() / name}",
        ) from None
    except OSError as error:
        denied = isinstance(error, PermissionError)
        raise SecretError(
            "secret-unreadable",
            f"{name} cannot be read: {error.strerror}",
            readable() if denied else "a file the appliance can read",
        ) from None
    except UnicodeDecodeError:
        # The decoder's own error carries the content.
        raise SecretError("secret-unreadable", f"{name} is not text", "UTF-8 text") from None
    if not text or "\0" in text:
        raise SecretError("secret-empty", f"{name} holds no secret", "the secret and nothing else")
    return Secret(text)


def readable() -> str:
    """What is needed instead of a file that is closed to us, whose owner may be somebody else."""
    return (
        f"a file that user {os.getuid()} can read; with Docker, "
        f'`echo "APPLIANCE_USER=$(id -u)" >> .env` and `{UP}` let the appliance read as you do'
    )


def _read(path: Path) -> str:
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is not a file")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(0, f"it is larger than {MAX_BYTES // 1024} KB")
    text = content.decode("utf-8")
    return text.removesuffix("\n").removesuffix("\r")
