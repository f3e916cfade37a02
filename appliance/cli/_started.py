"""Processes that Compose and `appliance up` start, and no person."""

import os
from collections.abc import Callable, Mapping
from typing import TypeVar

from appliance.cli._errors import CliError

S = TypeVar("S")


def settings(read: Callable[[Mapping[str, str]], S]) -> S:
    """What the environment says. Raises `CliError` for what is missing or wrong."""
    try:
        return read(os.environ)
    except ValueError as error:
        raise CliError(
            f"{error}.", "Use `scripts/up` or `appliance up`: they start it with all it needs."
        ) from None
