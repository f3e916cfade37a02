"""What the clients ask of each example, and how answers are made comparable."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradio_client import Client, handle_file

from tests.running.examples import FOLDER, GRADIO_PAGE

PICTURE = FOLDER / "image-filter" / "sample.png"
TABLE = FOLDER / "launch-options" / "shared" / "measurements.csv"


@dataclass(frozen=True)
class Call:
    """One call of one endpoint. A path among the data is a file to upload."""

    app: str
    endpoint: str
    data: tuple[Any, ...]

    @property
    def page(self) -> str:
        return GRADIO_PAGE.get(self.app, "")

    def __str__(self) -> str:
        return f"{self.app}{self.endpoint}"


CALLS = (
    Call("hello", "/greet", ("Ada", "Français", 2)),
    Call("image-filter", "/filter", (PICTURE, "Posterize", 0.5)),
    Call("chat", "/chat", ("I feel curious about my server", 0)),
    Call("files", "/pack", ([PICTURE, TABLE],)),
    Call("files", "/give_back", (TABLE,)),
    Call("cached-examples", "/julia", (-0.75, 0, 10)),
    Call("fastapi-mounted", "/fahrenheit", (37,)),
    Call("launch-options", "/measure", (TABLE,)),
    Call("multi-page", "/growth", (100, 5, 3)),
    Call("multi-page", "/years_to_double", (7,)),
    Call("server-mode", "/qr", ("appliance", "#18181b")),
)


def for_python(value: Any) -> Any:
    """Paths become uploads, at any depth."""
    if isinstance(value, Path):
        return handle_file(value)
    return [for_python(item) for item in value] if isinstance(value, list | tuple) else value


def comparable(value: Any) -> Any:
    """Downloaded files become their name and digest: two servers keep them at different paths."""
    if isinstance(value, str) and value.startswith("/") and Path(value).is_file():
        return {"name": Path(value).name, "digest": digest(Path(value).read_bytes())}
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    return [comparable(item) for item in value] if isinstance(value, list | tuple) else value


def placeless(api: Any) -> Any:
    """A description of an API without where the server keeps its files."""
    if isinstance(api, dict):
        if api.get("meta") == {"_type": "gradio.FileData"}:
            return {"file": api["orig_name"]}
        return {key: placeless(item) for key, item in api.items()}
    return [placeless(item) for item in api] if isinstance(api, list) else api


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def ask(client: Client, call: Call) -> list[Any]:
    """All answers of a call, partial ones first."""
    job = client.submit(*for_python(call.data), api_name=call.endpoint)
    final = job.result(timeout=60)
    return [comparable(answer) for answer in [*job.outputs()[:-1], final]]
