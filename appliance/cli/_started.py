"""Processes that Compose and `appliance up` start, and no person."""

import os
from collections.abc import Callable, Mapping
from typing import TypeVar

from appliance.cli._errors import CliError
from appliance.commands import UP

S = TypeVar("S")


def settings(read: Callable[[Mapping[str, str]], S]) -> S:
    """What the environment says. Raises `CliError` for what is missing or wrong."""
    try:
        return read(os.environ)
    except ValueError as error:
        raise CliError(f"{error}.", f"Use `{UP}`: it starts it with all it needs.") from None
