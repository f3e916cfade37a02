"""`appliance users`: who may sign in."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from appliance.auth.failures import WeakPasswordError
from appliance.auth.people.passwords import Passwords, demand_strong
from appliance.cli import _people as people
from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError
from appliance.cli._setup import setup_link

command = typer.Typer(
    help="Show, make, invite and disable people.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(help="What the person signs in with.")]
Groups = Annotated[
    list[str] | None, typer.Option("--group", "-g", help="A group to be in; may come repeatedly.")
]
Email = Annotated[str | None, typer.Option(help="A verified address of the person.")]
Admin = Annotated[bool, typer.Option("--admin", help="May look after people, apps and shares.")]


@command.callback()
def users(
    context: typer.Context,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Show who may sign in."""
    if context.invoked_subcommand is None:
        list_users(file, as_json)


@command.command("list")
def list_users(file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False) -> None:
    """Show who may sign in (as `users` alone does)."""
    found = _ask(file, "GET", "/people")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        people.show(people.people_table(found))


@command.command()
def create(  # noqa: PLR0913, PLR0917 - each is an option
    name: Name,
    groups: Groups = None,
    full_name: Annotated[str, typer.Option(help="What the person is called on pages.")] = "",
    email: Email = None,
    admin: Admin = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Signs in by a provider or a link from `reset`.")
    ] = False,
    file: sockets.File = sockets.DEFAULT_FILE,
) -> None:
    """Make somebody. The password is asked for, or read from a pipe."""
    body = {
        "name": name,
        "full_name": full_name,
        "email": email,
        "groups": groups or [],
        "admin": admin,
        "password": None if no_password else people.typed_password(),
    }
    made = _ask(file, "POST", "/people", body)
    people.done(f"{made['name']} may sign in.")


@command.command()
def invite(
    name: Annotated[str, typer.Argument(help="A name to suggest.")] = "",
    groups: Groups = None,
    email: Email = None,
    admin: Admin = False,
    file: sockets.File = sockets.DEFAULT_FILE,
) -> None:
    """Print a link with which somebody makes his own account, once, within 7 days."""
    body = {
        "kind": "invitation",
        "person": name,
        "email": email or "",
        "groups": groups or [],
        "admin": admin,
    }
    _print_link(file, body, "Send this to the person; it works once, within 7 days:")


@command.command()
def reset(name: Name, file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """Print a link with which somebody chooses a new password, once, within a day."""
    body = {"kind": "reset", "person": name}
    _print_link(file, body, f"Send this to {name}; it works once, within 24 hours:")


@command.command()
def setup(file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """Print the link that makes the first administrator; the former one stops working."""
    people.show(
        people.once(setup_link(file), "Open this to make the first account; it works once:")
    )


@command.command()
def disable(name: Name, file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """Keep somebody out: his sessions and tokens are worth nothing at once."""
    _change(file, name, {"disabled": True}, "is disabled.")


@command.command()
def enable(name: Name, file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """Let somebody in again."""
    _change(file, name, {"disabled": False}, "may sign in again.")


@command.command()
def change(
    name: Name,
    groups: Groups = None,
    email: Email = None,
    admin: Annotated[bool | None, typer.Option("--admin/--no-admin")] = None,
    file: sockets.File = sockets.DEFAULT_FILE,
) -> None:
    """Give somebody other groups (all of them, `-g ''` for none), another address or right."""
    wanted = {
        "groups": None if groups is None else [group for group in groups if group],
        "email": email,
        "admin": admin,
    }
    asked = {key: value for key, value in wanted.items() if value is not None}
    if not asked:
        raise CliError("Nothing to change.", "Give --group, --email, --admin or --no-admin.")
    _change(file, name, asked, "is changed.")


@command.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    file: sockets.File = sockets.DEFAULT_FILE,
) -> None:
    """Remove somebody with all factors, sessions and tokens. `disable` keeps them."""
    if not yes:
        typer.confirm(f"Remove {name} for good?", abort=True)
    _ask(file, "DELETE", f"/people/{quote(name, safe='')}")
    people.done(f"{name} is removed.")


@command.command("sign-out")
def sign_out(name: Name, file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """End all of somebody's sessions, in every browser."""
    ended = _ask(file, "POST", f"/people/{quote(name, safe='')}/sign-out")["ended"]
    people.done(f"{ended} sessions of {name} have ended.")


@command.command()
def unlock(name: Name, file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """Lift the lockout after failed attempts."""
    _ask(file, "POST", f"/people/{quote(name, safe='')}/unlock")
    people.done(f"{name} may try again.")


@command.command("forget-factors")
def forget_factors(name: Name, file: sockets.File = sockets.DEFAULT_FILE) -> None:
    """Forget the authenticator app, passkeys and recovery codes of somebody who has lost them."""
    _ask(file, "POST", f"/people/{quote(name, safe='')}/forget-factors")
    people.done(f"{name} signs in without a second factor now, and is signed out everywhere.")


@command.command("hash-password")
def hash_password() -> None:
    """Print the hash of a password, for `auth.users` in the YAML. Nothing needs to run."""
    password = people.typed_password()
    try:
        demand_strong(password)
    except WeakPasswordError as error:
        raise CliError(str(error), "Choose another one.") from None
    typer.echo(Passwords().hash(password))


def _change(file: Path, name: str, body: dict[str, Any], done: str) -> None:
    _ask(file, "PATCH", f"/people/{quote(name, safe='')}", body)
    people.done(f"{name} {done}")


def _print_link(file: Path, body: dict[str, Any], what: str) -> None:
    people.show(people.once(_ask(file, "POST", "/links", body)["url"], what))


def _ask(file: Path, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    with sockets.control(file) as client:
        return sockets.answer(client.request(method, path, json=body))
