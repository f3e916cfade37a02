"""`appliance certs`: which certificate each name has, and the verbs for them."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from appliance.certs.model import Origin
from appliance.certs.status import CertificateProblem, CertificatesStatus, NameStatus
from appliance.cli import _sockets as sockets
from appliance.cli._addresses import status
from appliance.cli._errors import FAILED, CliError
from appliance.cli._noting import note
from appliance.cli._tables import Uncut, Widest

command = typer.Typer(
    help="Show the certificates, renew, revoke.",
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_ORIGINS = {
    Origin.LOCAL_CA: "local authority",
    Origin.FILES: "your file",
    Origin.CERTBOT: "certbot",
}
_SOON = 14
"""Days before the end that are worth a colour."""


@command.callback()
def certs(
    context: typer.Context,
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Show which certificate each name has. Exit code 1 when one is missing or expired."""
    if context.invoked_subcommand is not None:
        return
    found, now = status(file).certificates, datetime.now(UTC)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        Console(highlight=False).print(overview(found, now), crop=False)
    if any(one.expires is None or one.expires <= now for one in found.names):
        raise typer.Exit(FAILED)


@command.command()
def renew(file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False) -> None:
    """Ask the authority for new certificates now. The old ones serve until they are there."""
    if status(file).certificates.mode != "certbot":
        raise CliError(
            "There is nobody to ask: `tls.mode` is not `certbot`.",
            "Certificates of the local authority are renewed without your doing.",
        )
    with sockets.control(file) as client:
        answer = sockets.answer(client.post("/certificates/renew"))
    note(file, "certificate.renewal-asked")
    _done("Certificates are being ordered.", answer, as_json=as_json)


@command.command()
def revoke(
    name: Annotated[str, typer.Argument(help="A name whose certificate nobody should trust.")],
    file: sockets.File = sockets.DEFAULT_FILE,
    as_json: sockets.AsJson = False,
) -> None:
    """Tell the authority that a key is no longer yours alone; another certificate is ordered."""
    found = {one.name: one for one in status(file).certificates.names}
    if name not in found:
        raise CliError(f"There is no name {name!r}.", f"There are: {', '.join(found) or 'none'}")
    if found[name].origin is not Origin.CERTBOT:
        raise CliError(f"{name} has no certificate that certbot ordered.")
    with sockets.control(file, timeout=900) as client:
        answer = sockets.answer(client.post(f"/certificates/revoke/{found[name].fingerprint}"))
    note(file, "certificate.revoked", name)
    _done(f"The certificate of {name} is revoked; another one is being ordered.", answer, as_json)


def overview(found: CertificatesStatus, now: datetime) -> RenderableType:
    """The table, and below it what somebody has to act on."""
    parts: list[RenderableType] = []
    if found.names:
        widths = (_table(found.names, now, leave_out) for leave_out in (0, 1))
        parts.append(Widest(*widths))
    else:
        parts.append(Text("In local mode nobody comes by name: no certificate is needed.", "dim"))
    if found.ordering:
        parts.append(Text(f"\nBeing ordered: {', '.join(found.ordering)}", "yellow"))
    elif found.next_order is not None:
        parts.append(Text(f"\nNext order: {found.next_order:%Y-%m-%d %H:%M} UTC", "dim"))
    parts.append(Text("\nSHA-256 of the local authority's root:", "dim"))
    parts.append(Uncut(Text(_colons(found), "dim")))
    if found.root_replaced and found.root_made is not None:
        words = f"It is new since {found.root_made:%Y-%m-%d}: who has installed the former root"
        parts.append(Text(f"{words} must install this one, from /-/certificate.", "dim"))
    parts += [Padding(problem_of(one), (1, 0, 0, 0)) for one in found.problems]
    return Group(*parts)


def problem_of(one: CertificateProblem) -> RenderableType:
    return Text.assemble(("! ", "yellow"), one.message, (" → ", "cyan"), one.remedy)


def _table(names: tuple[NameStatus, ...], now: datetime, leave_out: int = 0) -> Table:
    """The issuer is what a narrow terminal does without."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    headings = ["Name", "From", "Expires", "Issuer"]
    for heading in headings[: len(headings) - leave_out]:
        table.add_column(heading, no_wrap=True, overflow="ellipsis")
    for one in names:
        origin = _ORIGINS[one.origin] if one.origin else "none"
        issuer = () if leave_out else (one.issuer,)
        table.add_row(Text(one.name, "bold"), origin, _expires(one, now), *issuer)
    return table


def _expires(one: NameStatus, now: datetime) -> Text:
    if one.expires is None:
        return Text("-", "red")
    days = (one.expires - now).days
    if one.expires <= now:
        return Text(f"expired on {one.expires:%Y-%m-%d}", "red")
    return Text(f"{one.expires:%Y-%m-%d}, in {days} days", "yellow" if days < _SOON else "")


def _colons(found: CertificatesStatus) -> str:
    digits = found.root_fingerprint.upper()
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)) or "-"


def _done(sentence: str, answer: object, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer, indent=2))
    else:
        Console(highlight=False).print(f"[green]✓[/] {sentence}")
