"""`appliance shares`: links that are live, and those that were."""

import json
import sys
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from appliance.amounts import size, span
from appliance.cli import _sockets as sockets
from appliance.cli._events import in_words, told
from appliance.cli._noting import note
from appliance.cli._relay import configuration, found, lifetime, password_once
from appliance.config.addresses import launch_arguments
from appliance.relay.model import Shares, ShareStatus
from appliance.relay.wording import UNNAMED, owner

command = typer.Typer(
    help="Show links to shares, end one, let one live longer.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(help="Name of the share, or its URL.")]
All = Annotated[bool, typer.Option("--all", "-a", help="Also show those that are no more.")]
Tail = Annotated[int, typer.Option("--tail", min=0, help="Events to show of those that were.")]
Follow = Annotated[bool, typer.Option("--follow", help="Go on as more happens.")]
_LOOK = {
    "live": ("●", "green"),
    "away": ("○", "yellow"),
    "expired": ("✗", "dim"),
    "ended": ("✗", "dim"),
}
_DEEDS = {"kick": "share.kicked", "extend": "share.extended", "unprotect": "share.unprotected"}
"""What the audit calls them."""


@command.callback()
def shares(
    context: typer.Context,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
    past: All = False,
) -> None:
    """Show the links: who shares, since when, until when, how much they are used."""
    if context.invoked_subcommand is None:
        list_shares(file, as_json, past)


@command.command("list")
def list_shares(
    file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False, past: All = False
) -> None:
    """Show the links (as `shares` alone does)."""
    with sockets.relay(file) as client:
        document = Shares.model_validate(sockets.answer(client.get("/shares")))
    shown = [share for share in document.shares if past or not share.over]
    if as_json:
        typer.echo(json.dumps({"shares": [share.model_dump() for share in shown]}, indent=2))
        return
    console = Console(highlight=False)
    if shown:
        console.print(table(shown, time.time()))
        return
    console.print("Nothing is shared.", style="dim")
    config = configuration(file)
    if config is not None and config.share is not None:
        console.print(Text(f"demo.launch({launch_arguments(config)})"), soft_wrap=True)
    elif config is not None:
        console.print("Put `share: {}` into the YAML to let it.", style="dim")


@command.command()
def kick(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """End a share: its visitors see that it has ended, its client is sent away."""
    _act(file, name, "kick", None, as_json=as_json)


@command.command()
def extend(
    name: Name,
    by: Annotated[str, typer.Argument(help="How much longer: 24h, 7d, or `none` for ever.")],
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Let a share live longer; one that has expired or was ended may come back."""
    _act(file, name, "extend", {"by": lifetime(by)}, as_json=as_json)


@command.command()
def protect(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """Ask visitors of a share for a password, and print it. It cannot be shown again."""
    with sockets.relay(file) as client:
        share = found(client, name)
        made = sockets.answer(client.post(f"/shares/{quote(share['name'])}/protect"))
    note(file, "share.protected", share["name"])
    password_once(made, made["share"]["url"], as_json=as_json)


@command.command()
def unprotect(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """Take back the password that `protect` has put on a share."""
    _act(file, name, "unprotect", None, as_json=as_json)


@command.command()
def events(
    file: sockets.File = sockets.DEFAULT_FILE,
    tail: Tail = 200,
    follow: Follow = False,
    as_json: sockets.AsJson = False,
) -> None:
    """Show what happened: links opened, away, ended, clients refused, keys made."""
    for event in told(file, tail, follow=follow):
        sys.stdout.write((json.dumps(event) if as_json else in_words(event)) + "\n")
        sys.stdout.flush()


def _act(file: Path, name: str, verb: str, body: dict[str, Any] | None, *, as_json: bool) -> None:
    with sockets.relay(file) as client:
        share_name = found(client, name)["name"]
        path = f"/shares/{quote(share_name)}/{verb}"
        said = sockets.answer(client.post(path, json=body))
    note(file, _DEEDS[verb], share_name)
    if as_json:
        typer.echo(json.dumps(said, indent=2))
        return
    share = ShareStatus.model_validate(said)
    asks = "the password of its client" if share.password else "no password"
    done = {
        "kick": "has ended",
        "extend": f"ends {_until(share, time.time())}",
        "unprotect": f"asks for {asks}",
    }[verb]
    Console(highlight=False).print(Text.assemble(("✓ ", "green"), f"{share.name} {done}."))


def table(shares: Iterable[ShareStatus], now: float) -> RenderableType:
    """One line a share, the newest last."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    made.add_column("Link", overflow="fold")  # the one that may break where there is no room
    made.add_column("State", no_wrap=True)
    made.add_column("Owner", no_wrap=True)
    for title in ("Since", "Ends", "Visitors", "Requests", "Traffic"):
        made.add_column(title, justify="right", no_wrap=True)
    for share in sorted(shares, key=lambda share: share.since):
        mark, style = _LOOK[share.state]
        made.add_row(
            Text(share.url or share.name, style="bold"),
            Text.assemble((mark, style), " ", (share.state, style), " +password" * share.password),
            Text(owner(share), style="dim" if share.owner in UNNAMED else ""),
            span(timedelta(seconds=now - share.since)),
            Text(_until(share, now), style="yellow" if share.ending else ""),
            str(share.visitors),
            str(share.requests),
            size(share.received + share.sent),
        )
    return made


def _until(share: ShareStatus, now: float) -> str:
    if share.over:
        return share.state
    if share.expires is None:
        return "never"
    return f"in {span(timedelta(seconds=share.expires - now))}"
