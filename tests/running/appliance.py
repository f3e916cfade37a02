"""A whole appliance that serves the examples, however it runs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Appliance:
    """What a visitor and the owner of the YAML know about it."""

    way: str
    """How it runs: `embedded` or `compose`."""
    origin: str
    """`http://localhost:<port>`."""
    file: Path
    """Its appliance.yaml, in a folder of its own beside a copy of the examples."""

    @property
    def port(self) -> int:
        return int(self.origin.rsplit(":", 1)[1])

    def url(self, app: str, page: str = "") -> str:
        return f"{self.origin}/{app}/{page}"
