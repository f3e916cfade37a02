"""What stands between a name and its certificate, for the person who can change it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Nothing of it is secret: it is shown on terminals, pages and in logs."""

    code: str
    """Stable, e.g. `certificate-expired`, `challenge-failed`."""
    message: str
    remedy: str
