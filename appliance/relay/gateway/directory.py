"""Which share a request is for: what the registry of shares answers to the gateway."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from appliance.relay.share import Share


class Why(StrEnum):
    """Why a share is no more."""

    EXPIRED = "expired"
    """Its time was up."""
    ENDED = "ended"
    """Someone ended it: its owner or an operator."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A name that was a share's. Remembered for a while, so that visitors learn what happened."""

    why: Why
    at: float
    """Unix time."""


class Directory(Protocol):
    """The names of today. Asked once a request, on the event loop."""

    def find(self, host: str, path: str) -> Share | Gone | None:
        """The share of a host (small letters, no port, no final dot) and a raw path.

        Pure, and one lookup in the common case of one share a host. None: there never was one, or
        nobody remembers.
        """
