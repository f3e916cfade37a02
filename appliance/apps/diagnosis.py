"""From an app's last words to a problem a person can act on. Pure."""

import re
from collections.abc import Sequence

from appliance import disk
from appliance.apps.model import Problem
from appliance.apps.runtime import BuildError, Running
from appliance.commands import COMMAND

_SHOWN = 15
"""Lines of output in a problem."""
_ERROR = re.compile(
    r"(?P<type>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)): ?(?P<text>.*)"
)
_PACKAGES = {
    "PIL": "pillow",
    "cv2": "opencv-python-headless",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "dotenv": "python-dotenv",
}
"""Modules whose package has another name; the ones that demos import most."""


def ended(lines: Sequence[str], file: str, release: str, running: Running | None) -> Problem:
    """Why an instance ended; `lines` is its output."""
    if running is not None and running.killed_for_memory:
        return Problem(
            code="killed-for-memory",
            summary=f"{file} used more memory than `limits: memory` allows and was ended.",
            detail=_last(lines),
            remedy="Raise `limits: memory` of this app, or let it load less at once.",
            release=release,
        )
    found = next((match for line in reversed(lines) if (match := _ERROR.match(line))), None)
    if found is None:
        code = running.exit_code if running is not None else None
        how = _how(code)
        return Problem(
            code="script-ended",
            summary=f"{file} ended{how} before it was told to.",
            detail=_last(lines),
            remedy=f"Its last lines are shown; all of them: {COMMAND} apps logs.",
            release=release,
        )
    return Problem(
        code="script-raised",
        summary=f"{file} raised {found['type']}: {found['text']}"[:300],
        detail=_last(_traceback(lines)),
        remedy=_remedy(found["type"], found["text"]),
        release=release,
    )


def not_ready(lines: Sequence[str], file: str, release: str, seconds: float) -> Problem:
    """The app server never said it was ready."""
    return Problem(
        code="not-ready",
        summary=f"{file} was not ready within {seconds:g} s (`start_timeout`).",
        detail=_last(lines),
        remedy="If it only loads slowly, raise `start_timeout` of this app in appliance.yaml.",
        release=release,
    )


def not_made(error: BuildError, release: str | None = None) -> Problem:
    """A source or an environment that cannot be used."""
    return Problem(
        code=error.code,
        summary=error.summary,
        detail=error.detail,
        remedy=error.remedy,
        release=release,
    )


def broke(error: Exception) -> Problem:
    """Something went wrong that was not the app's own doing; it is tried again by itself."""
    refusal = disk.refusal(error)
    if refusal is not None:
        return Problem(
            code="disk",
            summary=f"{refusal} What was to be done for this app waits.",
            remedy="Make room on that disk; it goes on by itself.",
        )
    return Problem(
        code="broke",
        summary=f"The appliance did not foresee this: {type(error).__name__}: {error}"[:300],
        remedy="The log of the app host has the details; it is tried again every few seconds.",
    )


def _how(code: int | None) -> str:
    if code is None:
        return ""
    return f" by signal {-code}" if code < 0 else f" with exit code {code}"


def _traceback(lines: Sequence[str]) -> Sequence[str]:
    starts = [n for n, line in enumerate(lines) if line.startswith("Traceback (most recent call")]
    return lines[starts[-1] :] if starts else lines


def _last(lines: Sequence[str]) -> str:
    return "\n".join(line[:500] for line in lines[-_SHOWN:])


def _remedy(error: str, text: str) -> str:
    module = re.match(r"No module named '([\w.]+)'", text)
    if module is not None:
        name = module[1].partition(".")[0]
        return f"Add `{_PACKAGES.get(name, name)}` to requirements.txt in the app's folder."
    if error == "FileNotFoundError":
        return "Put the file into the app's folder, or mend the path in the script."
    return "Mend the script; it is tried again as soon as it is saved."
