"""Failures of a command, in words for the person who typed it."""

from rich.console import Console

from appliance.commands import UP

FAILED, NOT_RUNNING = 1, 3


class CliError(Exception):
    """A command cannot do what it was asked."""

    exit_code = FAILED

    def __init__(self, summary: str, remedy: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.remedy = remedy


class NotRunningError(CliError):
    """Nobody answers on the appliance's socket."""

    exit_code = NOT_RUNNING

    def __init__(self, what: str, remedy: str = f"Start it with `{UP}`.") -> None:
        super().__init__(what, remedy)


class BrokenOffError(CliError):
    """An answer had begun, or was waited for."""


def report(error: CliError) -> int:
    """Print it to the error stream; the exit code."""
    console = Console(stderr=True, highlight=False)
    # Consoles of Windows, and files there, often know no more than Latin letters.
    cross, arrow = ("x", "->") if console.options.ascii_only else ("✗", "→")
    console.print(f"[red]{cross}[/] {_escaped(error.summary)}", soft_wrap=True)
    if error.remedy:
        console.print(f"  [dim]{arrow}[/] {_escaped(error.remedy)}", soft_wrap=True)
    return error.exit_code


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")
