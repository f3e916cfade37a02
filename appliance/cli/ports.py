"""`appliance ports`: what Docker Compose must publish for the YAML."""

import json
from pathlib import Path

import typer
from rich.console import Console

from appliance.cli import _findings as findings
from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError
from appliance.config.addresses import http3, trusted
from appliance.config.findings import ConfigError
from appliance.config.loading import load
from appliance.config.schema import Config
from appliance.environment import NONE
from appliance.supervisor.programs import LOOPBACK


def command(file: sockets.File = sockets.DEFAULT_FILE, as_json: sockets.AsJson = False) -> None:
    """Print the variables of .env that make Compose publish the ports of the YAML."""
    try:
        found = variables(load(Path(file)).config)
    except ConfigError as error:
        findings.show(error.findings, error.text, Console(stderr=True, highlight=False))
        raise CliError(f"{file} cannot be used: {findings.count(error.findings)}.") from None
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        typer.echo("".join(f"{name}={value}\n" for name, value in found.items()), nl=False)


def variables(config: Config) -> dict[str, str]:
    """As docker-compose.yml reads them. Public ports are published in public mode only."""
    tls = config.tls_mode != "off"
    host = "0.0.0.0" if config.public else LOOPBACK  # noqa: S104 - what public mode is for
    share = f"{host}:{config.share.port}" if config.share else ""
    return {
        "APPLIANCE_PUBLISH_LOCAL": f"{LOOPBACK}:{config.ports.local}",
        "APPLIANCE_PUBLISH_HTTP": f"0.0.0.0:{config.ports.http}" if config.public else "",
        "APPLIANCE_PUBLISH_HTTPS": f"0.0.0.0:{config.ports.https}" if tls else "",
        "APPLIANCE_PUBLISH_HTTP3": str(config.ports.https) if http3(config) else "",
        "APPLIANCE_PUBLISH_TRUSTED": ",".join(trusted(config)),
        "APPLIANCE_PUBLISH_SHARE": share,
        "APPLIANCE_PUBLISH_NO_SHARE": "" if share else NONE,
    }
