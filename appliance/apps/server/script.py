"""Runs the user's script exactly as `python app.py` would."""

import builtins
import importlib.machinery
import sys
import traceback
import types
from pathlib import Path

_OURS = str(Path(__file__).parent)


def run(file: str) -> dict[str, object]:
    """Executes `file` as `__main__`, in which it stays, and returns its globals.

    Raises whatever the script raises, FileNotFoundError if there is none.
    """
    path = str(Path(file).resolve())
    source = Path(path).read_bytes()
    sys.path.insert(0, str(Path(path).parent))
    sys.argv = [file]
    module = types.ModuleType("__main__")
    module.__dict__.update(
        __file__=path,
        __builtins__=builtins,
        __cached__=None,
        __loader__=importlib.machinery.SourceFileLoader("__main__", path),
    )
    # For good: pickle and multiprocessing look the script's own classes up in there.
    sys.modules["__main__"] = module
    exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102 - that is what it is for
    return module.__dict__


def report(error: BaseException) -> str:
    """The traceback as Python would print it had the script been run by itself."""
    summary = traceback.TracebackException.from_exception(error)
    _without_us(summary, set())
    return "".join(summary.format())


def _without_us(summary: traceback.TracebackException | None, seen: set[int]) -> None:
    if summary is None or id(summary) in seen:
        return
    seen.add(id(summary))
    frames = [frame for frame in summary.stack if not frame.filename.startswith(_OURS)]
    summary.stack = traceback.StackSummary.from_list(frames)
    _without_us(summary.__cause__, seen)
    _without_us(summary.__context__, seen)
    for member in getattr(summary, "exceptions", None) or ():
        _without_us(member, seen)
