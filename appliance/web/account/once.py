"""Secrets that are shown once, to whoever made them."""

from appliance.web.account.parts import Once
from appliance.web.account.visit import RefusedError, Visit

_NOBODY = 0
"""In place of a person, where nobody can sign in."""


def keep(visit: Visit, *texts: str) -> str:
    """The word by which a page of this visitor's finds them again, for a few minutes."""
    return visit.parts.once.put(Once(_maker(visit), texts))


def kept(visit: Visit, otherwise: str) -> tuple[str, ...]:
    """What the visitor has made a moment ago. Raises `RefusedError` with the text `otherwise`."""
    once = visit.parts.once.look(visit.field("once"))
    if once is None or once.person != _maker(visit):
        raise RefusedError(410, "Shown once", otherwise)
    return once.texts


def _maker(visit: Visit) -> int:
    person = visit.person
    return person.id if person else _NOBODY
