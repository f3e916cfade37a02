"""What is asked before something is done that cannot be undone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    title: str
    text: str
    yes: str
    """What the button says."""
    back: str
    """Where somebody goes who thinks better of it."""
