"""A notebook on somebody's laptop that shares its app as the docs say."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running.examples import FOLDER
from tests.running.frpc import binary
from tests.running.installation import Installation
from tests.running.markdown import ROOT, block, inline

PORT = 7860
"""Where Gradio listens on the laptop."""
DOCS = ROOT / "docs" / "shares.md"
_OFFLINE = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_SERVER_PORT": str(PORT)}
_DEMO = f"""
import sys

sys.path.insert(0, "{FOLDER / "request"}")
from app import demo
"""


@dataclass(frozen=True)
class Notebook:
    url: str
    key: str


@contextmanager
def shared(place: Installation) -> Iterator[Notebook]:
    """The example that tells who asks, by TLS and with a readable name."""
    page = "docs/shares.md"
    said = place.shell(block(page, "sh", "keys create ada").splitlines()[0])
    key = re.search(r"key-[\w-]+", said)
    assert key, said
    place.shell(block(page, "sh", "share.pem"))
    [named] = [code for code in inline(DOCS) if code.startswith('demo.share_token = "chat:KEY')]
    launch = block(page, "python", "share_server_protocol")
    script = place.folder / "notebook.py"
    script.write_text(f"{_DEMO}\n{named.replace('KEY', key[0])}\n{launch}")
    home = place.folder / "hf"
    _give_gradio_its_client(home)
    with place.running("python", str(script), HF_HOME=str(home), **_OFFLINE) as word:
        yield Notebook(word("Running on public URL: ").split()[-1], key[0])


def _give_gradio_its_client(home: Path) -> None:
    """Where Gradio keeps the client that it else would download."""
    there = home / "gradio" / "frpc" / Path(binary()).name
    there.parent.mkdir(parents=True)
    shutil.copy(binary(), there)
    there.chmod(0o755)
