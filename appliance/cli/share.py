"""`appliance share`: publish an app of this machine at a relay elsewhere."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from appliance.cli._errors import CliError
from appliance.relay.client.failures import RelayError
from appliance.relay.client.keeping import Reports, keep
from appliance.relay.client.offer import GRADIOS_SUBDOMAIN, Offer
from appliance.relay.client.relay import Relay, relay
from appliance.relay.client.tokens import folder, kept, named, protected

KEY, TOKEN = "APPLIANCE_SHARE_KEY", "APPLIANCE_SHARE_TOKEN"
PASSWORD = "APPLIANCE_SHARE_PASSWORD"  # noqa: S105 - the variable's name
INTERRUPTED = 130

Port = Annotated[int, typer.Argument(min=1, max=65535, help="Where the app listens.")]
Server = Annotated[
    str,
    typer.Option(
        "--server",
        envvar=["APPLIANCE_SHARE_SERVER", "GRADIO_SHARE_SERVER_ADDRESS"],
        help="The relay, as HOST:PORT.",
    ),
]
Name = Annotated[str, typer.Option(help="A readable name for the address; needs a key.")]
KeyFile = Annotated[Path | None, typer.Option(help=f"File with the key for --name; or set {KEY}.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help=f"File with a password that visitors need; or set {PASSWORD}."),
]
Tls = Annotated[
    bool | None,
    typer.Option(
        "--tls/--no-tls",
        help="Encrypt the way to the relay.",
        show_default="unless on this machine",
    ),
]
Ca = Annotated[
    Path | None, typer.Option(help="Trust only the certificates in this PEM file; implies --tls.")
]
Host = Annotated[str, typer.Option(help="The machine on which the app listens.")]
New = Annotated[bool, typer.Option("--new", help="Take a new address, and keep that one.")]
Subdomain = Annotated[
    str, typer.Option(help=f"For stock frps: the label to ask for. Its token comes from {TOKEN}.")
]


def command(  # noqa: PLR0913, PLR0917 - one parameter an option
    port: Port,
    server: Server = "localhost:7000",
    name: Name = "",
    key_file: KeyFile = None,
    password_file: PasswordFile = None,
    tls: Tls = None,
    ca: Ca = None,
    host: Host = "127.0.0.1",
    new: New = False,
    subdomain: Subdomain = GRADIOS_SUBDOMAIN,
) -> None:
    """Give an app on this machine a public address; Ctrl-C ends it.

    Does what Gradio's share=True does, without its binary, for any web app. The address is printed
    on its own line and is the same the next time; it comes back by itself after every loss.
    """
    try:
        where = relay(server, tls=tls, ca=ca)
        own = _share_token(where, f"{host}:{port}", name, key_file, new=new)
        token = protected(own, _secret(password_file, PASSWORD))
        offer = Offer(token, subdomain=subdomain, server_token=os.environ.get(TOKEN, ""))
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_shared(where, offer, host, port))
    except RelayError as error:
        raise CliError(error.summary, error.remedy) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - quicker, but not to be had everywhere
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _shared(where: Relay, offer: Offer, host: str, port: int) -> None:
    console = Console(stderr=True, highlight=False)

    def online(url: str) -> None:
        typer.echo(url)
        sys.stdout.flush()

    def event(line: str) -> None:
        console.print(line, style="dim", markup=False, soft_wrap=True)

    await keep(where, offer, host, port, Reports(online, event))


def _share_token(where: Relay, app: str, name: str, key_file: Path | None, *, new: bool) -> str:
    if not name:
        return _kept(where, app, new=new)
    key = _secret(key_file, KEY)
    if not key:
        raise CliError(
            "A name needs a key, so that nobody else can take it.",
            f"Set {KEY}, or give --key-file; the relay's operator makes keys with "
            "`scripts/appliance keys create`.",
        )
    try:
        return named(name, key)
    except ValueError:
        raise CliError(
            f"{name!r} cannot be a name.",
            "Use small letters, digits and hyphens between them, at most 63.",
        ) from None


def _kept(where: Relay, app: str, *, new: bool) -> str:
    shares = folder(os.environ)
    try:
        return kept(shares, str(where), app, new=new)
    except OSError as error:
        raise CliError(
            f"{error.filename or shares} cannot be used: {error.strerror}.",
            "The address is remembered there; set XDG_STATE_HOME to a folder that you may write.",
        ) from None


def _secret(file: Path | None, variable: str) -> str:
    if file is None:
        return os.environ.get(variable, "")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise CliError(f"The secret in {file} cannot be read: {why}.") from None
