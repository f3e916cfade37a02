"""What was asked of certificate authorities and what came of it; survives restarts."""

from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from appliance import disk
from appliance.document import Document

_MOST = 500


class Attempt(Document):
    """One order. It has a certificate, or a problem, or both if some names were refused."""

    at: datetime
    directory: str
    """Of the authority that was asked."""
    subject: str
    """Digest of all in the YAML that decides about the outcome."""
    names: tuple[str, ...]
    """Asked for."""
    fingerprint: str | None = None
    """Of the certificate that came of it."""
    code: str | None = None
    message: str = ""
    remedy: str = ""
    not_before: datetime | None = None
    """The authority said when to come again."""

    @property
    def failed(self) -> bool:
        return self.code is not None


History = tuple[Attempt, ...]
"""The oldest first."""

_ADAPTER = TypeAdapter(History)


def read(file: Path) -> History:
    """None is as good as a damaged one: it costs an order too many, no certificate."""
    try:
        return _ADAPTER.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return ()


def add(file: Path, attempt: Attempt) -> History:
    """Append one; the oldest are forgotten. Raises `OSError`."""
    history = (*read(file), attempt)[-_MOST:]
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk.write(file, _ADAPTER.dump_json(history, indent=1))
    return history


def begin(file: Path, attempt: Attempt) -> None:
    """Note what is about to be asked, for the case that we do not see its end. Raises `OSError`."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk.write(_under_way(file), attempt.model_dump_json())


def begun(file: Path) -> Attempt | None:
    """What was noted last."""
    try:
        return Attempt.model_validate_json(_under_way(file).read_bytes())
    except (OSError, ValidationError):
        return None


def _under_way(file: Path) -> Path:
    return file.with_name("under-way.json")


def fingerprints(history: History, directory: str) -> frozenset[str]:
    """Certificates that this authority issued."""
    return frozenset(a.fingerprint for a in history if a.fingerprint and a.directory == directory)
