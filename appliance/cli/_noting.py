"""Deeds that other processes than `control` do, for the audit that `control` keeps."""

from contextlib import suppress
from pathlib import Path

from appliance.cli import _sockets as sockets
from appliance.cli._errors import CliError

_PATIENCE = 5.0
"""Seconds: what was done is done, whether it can be noted or not."""


def note(file: Path, kind: str, subject: str = "", app: str = "", detail: str = "") -> None:
    """As the dashboard notes the same."""
    event = {"kind": kind, "subject": subject, "app": app, "detail": detail}
    with suppress(CliError), sockets.control(file, timeout=_PATIENCE) as client:
        sockets.answer(client.post("/audit", json=event))
