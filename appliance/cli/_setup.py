"""The link that makes the first administrator, shown to whoever starts the appliance."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from appliance.cli import _people as people
from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError
from appliance.control.status import Status


def show_setup_link(status: Status, file: Path, console: Console) -> None:
    """If nobody could sign in. To a terminal alone: what is written elsewhere is kept."""
    if console.is_terminal and any(notice.code == "no-admin" for notice in status.notices):
        try:
            console.print(
                people.once(setup_link(file), "Make the first account there:"), soft_wrap=True
            )
        except CliError as error:
            console.print(Text(error.summary, style="yellow"))


def setup_link(file: Path) -> str:
    """A new one; the former stops working. Raises `CliError`."""
    with sockets.control(file) as client:
        answer = sockets.answer(client.post("/links", json={"kind": "setup"}))
    return str(answer["url"])
