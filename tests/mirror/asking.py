"""What a Gradio app says about itself, and what its endpoints answer to likely inputs."""

import re
import wave
from concurrent.futures import TimeoutError as Timeout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradio_client import Client, handle_file

from tests.clients.calls import PICTURE, TABLE, comparable, placeless

_SECONDS_PER_CALL = 60
_CHANGING = re.compile(
    r"https?://(localhost|127\.0\.0\.1):\d+/[\w/-]*?(?=gradio_api|$)|0x[0-9a-f]+|(?<=/)[0-9a-f]{64}(?=/)"
)


@dataclass(frozen=True)
class Said:
    """Everything one app said."""

    api: dict[str, Any]
    answers: dict[str, list[Any]]
    """By endpoint; an error is an answer, too."""


def listen(url: str, folder: Path) -> Said:
    """Ask every endpoint once; downloads go to `folder`."""
    client = Client(url, download_files=folder, verbose=False)
    try:
        api = client.view_api(print_info=False, return_format="dict")
        assert isinstance(api, dict)
        answers = {
            name: _answers(client, name, endpoint["parameters"], folder)
            for name, endpoint in api["named_endpoints"].items()
        }
    finally:
        client.close()
    return Said(placeless(api), answers)


def _answers(client: Client, name: str, parameters: list[Any], folder: Path) -> list[Any]:
    inputs = [_input(parameter, folder) for parameter in parameters]
    job = client.submit(*inputs, api_name=name)
    try:
        job.result(timeout=_SECONDS_PER_CALL)
    except Timeout:
        job.cancel()
        return ["goes on"]
    except Exception as error:  # noqa: BLE001 - what an app raises is part of what is compared
        return [f"{type(error).__name__}: {_steady(str(error))}"]
    return [_steady(comparable(answer)) for answer in job.outputs()]


def _input(parameter: dict[str, Any], folder: Path) -> Any:
    """The default or Gradio's own example; files are ours, because its examples are on the web."""
    if parameter["parameter_has_default"]:
        value = parameter["parameter_default"]
    else:
        value = parameter["example_input"]
    return _with_local_files(value, parameter["component"], folder)


def _with_local_files(value: Any, component: str, folder: Path) -> Any:
    if isinstance(value, dict) and "path" in value:
        return handle_file(_sample(component, folder))
    if isinstance(value, dict):
        return {key: _with_local_files(item, component, folder) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_local_files(item, component, folder) for item in value]
    return value


def _sample(component: str, folder: Path) -> Path:
    if component in {"Audio", "Microphone"}:
        path = folder / "silence.wav"
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 8000, 800, "NONE", ""))
            sound.writeframes(bytes(1600))
        return path
    return TABLE if component in {"File", "UploadButton"} else PICTURE


def _steady(value: Any) -> Any:
    """Without addresses, of servers and of objects in memory."""
    if isinstance(value, str):
        return _CHANGING.sub("", value)
    if isinstance(value, dict):
        return {key: _steady(item) for key, item in value.items()}
    return [_steady(item) for item in value] if isinstance(value, list) else value
