"""What is known about each instance that is a process, on disk."""

from datetime import datetime
from pathlib import Path

import structlog

from appliance import disk
from appliance.apps.runtime import Running
from appliance.apps.runtimes import process_tree
from appliance.document import Document

_log = structlog.get_logger(__name__)


class Instance(Document):
    """`instance.json`: one instance as it was started, and how it ended."""

    id: str
    app: str
    release: str
    fingerprint: str
    address: str
    started: datetime
    memory_limit: int | None = None
    pid: int
    created: float
    exit_code: int | None = None
    killed_for_memory: bool = False

    @property
    def alive(self) -> bool:
        return process_tree.find(self.pid, self.created) is not None

    def running(self, *, alive: bool) -> Running:
        fields = ("id", "app", "release", "fingerprint", "address", "started")
        return Running(
            **{name: getattr(self, name) for name in fields},
            alive=alive,
            exit_code=self.exit_code,
            killed_for_memory=self.killed_for_memory,
        )


class Instances:
    """One folder an instance, with its output and what it writes beside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder(self, instance: str) -> Path:
        return self._folder / instance

    def load(self, instance: str) -> Instance | None:
        try:
            content = (self._folder / instance / "instance.json").read_bytes()
            return Instance.model_validate_json(content)
        except FileNotFoundError:
            return None
        except ValueError:
            _log.warning("instance.unreadable", instance=instance)
            return None

    def save(self, instance: Instance) -> None:
        disk.write(self._folder / instance.id / "instance.json", instance.model_dump_json())

    def all(self) -> list[Instance]:
        if not self._folder.is_dir():
            return []
        names = sorted(path.name for path in self._folder.iterdir())
        return [known for name in names if (known := self.load(name)) is not None]
