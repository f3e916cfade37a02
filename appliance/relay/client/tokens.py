"""Share tokens: what makes the same app come back under the same address tomorrow.

One file a share, because two programs that start at once must not overwrite each other's.
"""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

BYTES = 32
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def folder(environment: Mapping[str, str]) -> Path:
    """Where this user's tokens are."""
    if local := environment.get("LOCALAPPDATA"):
        return Path(local) / "gradio-appliance" / "shares"
    state = environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "gradio-appliance" / "shares"


def kept(folder: Path, server: str, app: str, *, new: bool = False) -> str:
    """The token for an app at a relay, made on first use or when a new one is wanted. OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / quote(f"{server} {app}", safe=" ")
    if new or not file.exists():
        _write(file, secrets.token_urlsafe(BYTES))
    return file.read_text("ascii")


def _write(file: Path, text: str) -> None:
    # Complete from the moment it exists: another program may read it at once.
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(text, "ascii")
    draft.replace(file)


def protected(token: str, password: str) -> str:
    """The handle that also asks for a password on the link."""
    return f"{token}#{password}" if password else token


def named(name: str, key: str) -> str:
    """The handle that asks for a readable name. ValueError if it cannot be a host name's label."""
    if not LABEL.fullmatch(name):
        raise ValueError(name)
    return f"{name}:{key}"
