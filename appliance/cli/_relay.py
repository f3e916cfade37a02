"""What the verbs for shares and keys have in common."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import typer

from appliance.cli import _sockets as sockets
from appliance.cli._addresses import in_force, status
from appliance.cli._errors import CliError, NotRunningError
from appliance.commands import COMMAND
from appliance.config.schema import Config
from appliance.config.units import parse_expiry, parse_size


def configuration(file: Path) -> Config | None:
    """What is in force; None while `control` does not answer."""
    try:
        return in_force(status(file))
    except NotRunningError:
        return None


def lifetime(text: str) -> float | Literal["none"]:
    """Seconds from `24h` or `7d`, or `none`. Raises `typer.BadParameter`."""
    try:
        found = parse_expiry(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return found.total_seconds() if isinstance(found, timedelta) else found


def bytes_of(text: str | None) -> int | None:
    """Bytes from `500mb` or `20g`, at least one. Raises `typer.BadParameter`."""
    if text is None:
        return None
    try:
        found = parse_size(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if not found:
        raise typer.BadParameter("expected at least one byte")
    return found


def found(client: httpx.Client, name: str) -> dict[str, Any]:
    """The share of that name or URL. Raises `CliError` with what there is."""
    shares = sockets.answer(client.get("/shares"))["shares"]
    wanted = re.sub(r"^https?://([^./]+)\.[^/]*", r"\1", name).rstrip("/")
    for share in shares:
        if share["name"] == wanted:
            return dict(share)
    raise CliError(f"There is no share {name!r}.", f"`{COMMAND} shares --all` lists them.")


def password_once(made: dict[str, Any], of: str, *, as_json: bool) -> None:
    """A password that was made just now, in a line of its own: it is copied."""
    if as_json:
        typer.echo(json.dumps(made, indent=2))
        return
    typer.echo(made["password"])
    typer.echo()
    typer.echo(f"It is shown this once. Visitors of {of} are asked for it.")
