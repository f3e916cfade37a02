"""`appliance keys`: who may share, where a key is asked for."""

import json
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from appliance.amounts import ago
from appliance.cli import _sockets as sockets
from appliance.cli._noting import note
from appliance.cli._relay import bytes_of, configuration, lifetime, password_once
from appliance.commands import COMMAND
from appliance.config.addresses import launch_arguments, overview, share_domain
from appliance.config.schema import Config
from appliance.relay.model import KeyLimitsAsked, KeyStatus
from appliance.relay.wording import limits

command = typer.Typer(
    help="Make, list and revoke the keys that people share with.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(help="Whose key it is: small letters, digits, dashes.")]

SharesAtOnce = Annotated[int | None, typer.Option("--shares", min=1, help="Shares open at once.")]
Expires = Annotated[str | None, typer.Option(help="Life of each share: 24h, 7d, none.")]
Requests = Annotated[float | None, typer.Option(min=0.1, help="Requests per second to each share.")]
Traffic = Annotated[str | None, typer.Option(help="Bytes a day through each share: 500mb, 20g.")]
TotalRequests = Annotated[
    float | None, typer.Option(min=0.1, help="Requests per second to all its shares together.")
]
TotalTraffic = Annotated[
    str | None, typer.Option(help="Bytes a day through all its shares together.")
]
Connections = Annotated[
    int | None,
    typer.Option(min=1, max=100_000, help="Requests under way to all its shares together."),
]


@command.callback()
def keys(
    context: typer.Context,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Show the keys: their limits, and when they were used last."""
    if context.invoked_subcommand is None:
        list_keys(file, as_json)


@command.command("list")
def list_keys(file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False) -> None:
    """Show the keys (as `keys` alone does)."""
    with sockets.relay(file) as client:
        found = sockets.answer(client.get("/keys"))
    if as_json:
        typer.echo(json.dumps({"keys": found}, indent=2))
    elif found:
        Console(highlight=False).print(table(map(KeyStatus.model_validate, found), time.time()))
    else:
        Console(highlight=False).print(
            f"There are no keys. `{COMMAND} keys create NAME` makes one."
        )


@command.command()
def create(  # noqa: PLR0913, PLR0917 - options of a command
    name: Name,
    shares: SharesAtOnce = None,
    expires: Expires = None,
    requests: Requests = None,
    traffic: Traffic = None,
    total_requests: TotalRequests = None,
    total_traffic: TotalTraffic = None,
    connections: Connections = None,
    password: Annotated[
        bool, typer.Option("--password", help="Ask visitors of each share for one password.")
    ] = False,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Make a key and print it. It cannot be shown again.

    What is not said is as the YAML says.
    """
    asked = _asked(shares, expires, requests, traffic, total_requests, total_traffic, connections)
    body = {**asked, "name": name, "password": password}
    with sockets.relay(file) as client:
        response = client.post("/keys", json=body)
        if response.status_code == 422:
            raise typer.BadParameter("use at most 40 small letters, digits and inner dashes")
        made = sockets.answer(response)
    note(file, "key.created", name)
    if as_json:
        typer.echo(json.dumps(made, indent=2))
        return
    _show(made, configuration(file))


@command.command()
def change(  # noqa: PLR0913, PLR0917 - options of a command
    name: Name,
    shares: SharesAtOnce = None,
    expires: Expires = None,
    requests: Requests = None,
    traffic: Traffic = None,
    total_requests: TotalRequests = None,
    total_traffic: TotalTraffic = None,
    connections: Connections = None,
    unset: Annotated[
        list[str] | None,
        typer.Option(help="An option of before that shall be as the YAML says: --unset requests."),
    ] = None,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Give a key other limits, at once. What is not said stays; so does how long shares live."""
    asked = _asked(shares, expires, requests, traffic, total_requests, total_traffic, connections)
    said = {limit: value for limit, value in asked.items() if value is not None}
    body = {**said, **dict.fromkeys(map(_limit, unset or ()))}
    if not body:
        raise typer.BadParameter("say what shall be another, such as --requests 50")
    with sockets.relay(file) as client:
        key = sockets.answer(client.patch(f"/keys/{quote(name)}", json=body))
    note(file, "key.limited", name)
    words = ", ".join(limits(KeyStatus.model_validate(key))) or "as the YAML says"
    _done(key, f"The key {name} has these limits now: {words}.", as_json=as_json)


def _asked(  # noqa: PLR0913, PLR0917 - options of a command
    shares: int | None,
    expires: str | None,
    requests: float | None,
    traffic: str | None,
    total_requests: float | None,
    total_traffic: str | None,
    connections: int | None,
) -> dict[str, float | str | None]:
    """Limits as the relay takes them; None: not said. Raises `typer.BadParameter`."""
    return {
        "shares": shares,
        "lifetime": lifetime(expires) if expires else None,
        "requests": requests,
        "traffic": bytes_of(traffic),
        "total_requests": total_requests,
        "total_traffic": bytes_of(total_traffic),
        "connections": connections,
    }


def _limit(option: str) -> str:
    """What the relay calls it. Raises `typer.BadParameter`."""
    found = option.removeprefix("--").replace("-", "_")
    found = "lifetime" if found == "expires" else found
    if found not in KeyLimitsAsked.model_fields:
        raise typer.BadParameter(f"{option!r} is no limit of a key", param_hint="--unset")
    return found


@command.command()
def revoke(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """Make a key useless and end what is shared with it."""
    with sockets.relay(file) as client:
        key = sockets.answer(client.delete(f"/keys/{quote(name)}"))
    note(file, "key.revoked", name)
    _done(key, f"The key {name} is revoked.", as_json=as_json)


@command.command()
def protect(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """Ask visitors of all that is shared with a key for a password, and print it, this once."""
    with sockets.relay(file) as client:
        made = sockets.answer(client.post(f"/keys/{quote(name)}/protect"))
    note(file, "key.protected", name)
    password_once(made, f"all that {name} shares", as_json=as_json)


@command.command()
def unprotect(
    name: Name, file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False
) -> None:
    """Take back the password that a key's shares ask for."""
    with sockets.relay(file) as client:
        key = sockets.answer(client.post(f"/keys/{quote(name)}/unprotect"))
    note(file, "key.unprotected", name)
    text = f"What {name} shares asks for no password of the key any more."
    _done(key, text, as_json=as_json)


def _done(key: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(key, indent=2))
    else:
        Console(highlight=False).print(f"[green]✓[/] {text}")


def _show(made: dict[str, Any], config: Config | None) -> None:
    # Plain lines: they are copied, and no terminal's width may break them.
    typer.echo(made["secret"])
    typer.echo()
    if made["password"]:
        typer.echo(f"Its links ask for the password {made['password']}")
        typer.echo()
    typer.echo("It is shown this once. Its holder shares an app as a name of their choice:")
    typer.echo()
    typer.echo(f'    demo.share_token = "name:{made["secret"]}"')
    if config is None or config.share is None:
        typer.echo("    demo.launch(share=True, share_server_address=...)")
        return
    typer.echo(f"    demo.launch({launch_arguments(config)})")
    if config.public:
        typer.echo()
        typer.echo("Whoever is on the way reads it, unless the connection is encrypted: add")
        typer.echo()
        typer.echo('    share_server_tls_certificate="share.pem"')
        typer.echo()
        typer.echo(f"to that, with the file from {overview(config)}/share.pem.")
        typer.echo()
        typer.echo("Without a change of the app, over TLS, by an address that is as secret as it:")
        typer.echo()
        typer.echo(f"    {made['label']}.{share_domain(config)}:{config.share.port}")


def table(keys: Iterable[KeyStatus], now: float) -> RenderableType:
    """One line a key, those that are valid first."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    made.add_column("Key", style="bold", no_wrap=True)
    made.add_column("Made", justify="right", no_wrap=True)
    made.add_column("Used", justify="right", no_wrap=True)
    made.add_column("Open", justify="right")
    made.add_column("Limits")
    for key in sorted(keys, key=lambda key: (key.revoked is not None, key.name)):
        said = (*limits(key), *(["password"] if key.password else []))
        made.add_row(
            key.name,
            ago(timedelta(seconds=now - key.made)),
            ago(timedelta(seconds=now - key.used)) if key.used else "never",
            str(key.open),
            Text("revoked", style="dim")
            if key.revoked
            else Text(", ".join(said) or "as the YAML says"),
        )
    return made
