"""The random seed of an app's cache paths, made once and kept with the app's data.

Whoever knows a cache path can fetch the file, so the seed must be secret, and different for each
app; but restarts and replicas of one app should find the same files under the same names.
"""

import os
import secrets
from pathlib import Path

_PLACE = ".gradio-appliance/hash_seed"


def kept_seed(data: str) -> bytes:
    """The seed in the app's data folder; a new one for this process if it cannot be kept."""
    path = Path(data, _PLACE)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
        return path.read_bytes().strip()
    except OSError:
        return secrets.token_hex(16).encode()


def _create(path: Path) -> None:
    """Writes the file whole or not at all; whoever comes second keeps the first one's."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if path.exists():
        return
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_hex(16))
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
