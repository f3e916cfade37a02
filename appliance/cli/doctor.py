"""`appliance doctor`: what keeps visitors or a certificate authority from coming here."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from appliance import disk
from appliance.certs import history
from appliance.cli import _findings as findings
from appliance.cli import _sockets as sockets
from appliance.cli._addresses import status
from appliance.cli._errors import FAILED, CliError, NotRunningError
from appliance.commands import COMMAND
from appliance.config.addresses import overview
from appliance.config.findings import ConfigError, Reporter
from appliance.config.loading import Loaded, load
from appliance.control.published import ipv4_only
from appliance.doctor import ports, storage
from appliance.doctor.examining import examine
from appliance.doctor.model import Diagnosis, Examination, Probe
from appliance.doctor.network import Internet

_FROM_HERE = (
    "Ports were asked from this machine, which a firewall of its provider lets through. Whether it "
    "lets others through shows on a phone without Wi-Fi, at {address}."
)
_MARKS = {"good": ("✓ ", "green"), "bad": ("✗ ", "red"), "unknown": ("? ", "yellow")}


def command(file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False) -> None:
    """Look at names, ports, clock, credentials and certificates. Exit code 1 for a finding."""
    found = _examination(Path(file))
    console = Console(highlight=False)
    told: list[Diagnosis] = []
    for one in examine(found):
        told.append(one)
        if not as_json:
            console.print(_line(one), soft_wrap=True)
    if as_json:
        typer.echo(json.dumps([plain(one) for one in told], indent=2))
    elif all(one.check == storage.CHECK for one in told):
        console.print("In local mode nobody comes by name: there is nothing else to look at.")
    elif any(one.check == ports.CHECK and one.state == "good" for one in told):
        said = _FROM_HERE.format(address=overview(found.config) + "/")
        console.print(said, style="dim", soft_wrap=True)
    if any(one.state == "bad" for one in told):
        raise typer.Exit(FAILED)


def plain(one: Diagnosis) -> dict[str, Any]:
    """What docs/doctor.md promises."""
    told = asdict(one)
    del told["at"]
    return told


def _examination(file: Path) -> Examination:
    try:
        with sockets.control(file) as client:
            answer = client.post("/certificates/probe")
            # Refused where the disk takes no word to look for, which a check of its own tells.
            probe = Probe(**answer.json()) if answer.is_success else None
        seen = status(file)
    except NotRunningError:
        probe, seen = None, None
    loaded = _loaded(file)
    return Examination(
        config=loaded.config,
        base=file.absolute().parent,
        now=datetime.now(UTC),
        network=Internet(),
        certificates=seen.certificates if seen else None,
        history=history.read(sockets.places_of(file).data / "certbot" / "history.json"),
        probe=probe,
        storage=_disk(sockets.places_of(file).data),
        written=Reporter(file.name, loaded.places),
        ipv4_only=seen is not None and ipv4_only(seen.ports["http"].published),
    )


def _disk(folder: Path) -> disk.State | None:
    try:
        return disk.state(folder)
    except OSError:
        return None


def _loaded(file: Path) -> Loaded:
    try:
        return load(file)
    except ConfigError as error:
        findings.show(error.findings, error.text, Console(stderr=True, highlight=False))
        count = findings.count(error.findings)
        raise CliError(
            f"{file} cannot be used: {count}.", f"`{COMMAND} check` tells more."
        ) from None


def _line(one: Diagnosis) -> Text:
    text = Text.assemble(_MARKS[one.state], (f"{one.check:<13}", "dim"), one.message)
    if one.remedy and one.state != "good":
        text.append(f"\n  → {one.remedy}", "cyan")
    if one.where is not None and one.state != "good":
        text.append(f"\n  {one.where}", "dim")
    return text
