"""What a check knows and what it finds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from appliance import disk
from appliance.certs.history import History
from appliance.certs.refusals import Refusal
from appliance.certs.status import CertificatesStatus
from appliance.config.findings import KeyPath, Reporter, dotted
from appliance.config.schema import Config
from appliance.doctor.network import Network
from appliance.doctor.proving import Record, proven


@dataclass(frozen=True)
class Probe:
    """A word that only this appliance answers with, at a path on every name by plain HTTP."""

    path: str
    word: str


@dataclass(frozen=True)
class Examination:
    """Everything a check may look at."""

    config: Config
    base: Path
    """Where relative paths of the YAML start."""
    now: datetime
    network: Network
    certificates: CertificatesStatus | None = None
    """None while the appliance does not run."""
    history: History = ()
    """Orders of the past; empty where they cannot be read."""
    probe: Probe | None = None
    """None while the appliance does not run, and where the disk takes no word."""
    storage: disk.State | None = None
    """Of the data folder; None while there is none."""
    ipv4_only: bool = False
    """Whether the machine publishes the ports of visitors by IPv4 only, as with Docker."""
    prove: (
        Callable[[Config, Path, Sequence[str]], AbstractContextManager[list[Record] | Refusal]]
        | None
    ) = proven
    """Puts records into the zone for a moment; None: it shall be left as it is."""
    written: Reporter = field(default_factory=lambda: Reporter(""))
    """Where the YAML says what."""

    @property
    def runs(self) -> bool:
        """Whether the appliance does."""
        return self.certificates is not None


@dataclass(frozen=True)
class Where:
    """A key of the YAML, or the nearest above it that is written."""

    file: str
    line: int
    key: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}"


@dataclass(frozen=True)
class Diagnosis:
    """One thing that was looked at."""

    check: str
    """Name of the check, as its module."""
    state: Literal["good", "bad", "unknown"]
    message: str
    remedy: str = ""
    at: KeyPath = ()
    """The key of the YAML that it is about; empty: none."""
    where: Where | None = None
    """Where that key is; added to what a check says."""


PROXY = (
    "Have the proxy in front lead here with the `Host` header as it came, and name the address it "
    'comes from in `tls.trusted_proxies`: the page "Not this way" says which.'
)
"""What to do where it is to lead here, and does not."""
Check = Callable[[Examination], Iterator[Diagnosis]]

_SHOWN = 4


def where(written: Reporter, at: KeyPath) -> Where | None:
    """Where a key is written, or the nearest above it; None where nothing of it is."""
    for end in range(len(at), 0, -1):
        if at[:end] in written.places:
            line = written.places[at[:end]].key.line
            return Where(written.file, line, dotted(at[:end]))
    return None


def listed(names: Sequence[str]) -> str:
    """As many as a line bears, and how many more there are."""
    if len(names) <= _SHOWN + 1:
        return ", ".join(names)
    return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
