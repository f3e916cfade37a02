"""Where the apps are, by the YAML in force."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError
from appliance.config.addresses import link
from appliance.config.loading import load_text
from appliance.config.naming import named
from appliance.config.schema import Config
from appliance.control.status import Status


def status(file: Path) -> Status:
    """What `control` knows. Raises `CliError`."""
    with sockets.control(file) as client:
        return Status.model_validate(sockets.answer(client.get("/status")))


def in_force(known: Status) -> Config:
    """The configuration that is served now; it was checked when it was taken up."""
    config = _parsed(known.text, Path(known.config.file))
    return named(config, known.names) if known.names else config


@lru_cache(maxsize=1)
def _parsed(text: str, file: Path) -> Config:
    # A display asks every second, the text changes once a day.
    return load_text(text, file).config


def addresses(file: Path) -> Mapping[str, str]:
    """URL of each app; empty while `control` does not answer."""
    try:
        config = in_force(status(file))
    except CliError:
        return {}
    return {name: link(config, name) for name in config.apps}
