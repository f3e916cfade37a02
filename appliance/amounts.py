"""Amounts as people read them, on a terminal and on pages."""

from datetime import timedelta


def size(count: int) -> str:
    """Bytes for the eye: `70 kB`, `112 MB`, `1.4 GB`."""
    if 0 < count < 2**20:
        return f"{max(1, round(count / 2**10))} kB"
    if count < 2**30:
        return f"{round(count / 2**20)} MB"
    return f"{count / 2**30:.1f} GB"


def span(passed: timedelta) -> str:
    """A duration for the eye, its largest unit only: `40 s`, `3 min`, `2 h`, `5 d`."""
    seconds = max(0, int(passed.total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def ago(passed: timedelta) -> str:
    return f"{span(passed)} ago"
