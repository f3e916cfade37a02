"""What the overview shows of an app."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from appliance.apps.model import AppStatus, Phase, Problem, Release
from appliance.config.access import guards
from appliance.config.addresses import address
from appliance.config.schema import Config
from appliance.control.status import Snapshot

_MANY = 9
"""Apps from which on there is a field to search them."""
_LONGEST_QUERY = 100

State = Literal["live", "starting", "failed"]
_COLORS = frozenset({"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"})
"""Those a Space may have."""
_LONGEST = 200
"""Characters of a text that the app's author chose."""


@dataclass(frozen=True)
class Card:
    """One app, as far as this visitor may know about it."""

    name: str
    title: str
    emoji: str
    description: str
    url: str
    state: State
    colors: str = ""
    """Class names for the tile."""
    progress: str = ""
    thumbnail: str = ""
    """Address of a picture; empty: the author gave none."""
    problem: Problem | None = None
    """Only for the operator."""


def cards(snapshot: Snapshot) -> tuple[Card, ...]:
    """All apps in the YAML's order; strangers see only what they can use now or soon."""
    config = snapshot.config
    every = (card(snapshot, name) for name in config.apps)
    return tuple(c for c in every if not guards(config) or c.state != "failed")


def query_of(parameters: Mapping[str, str]) -> str:
    """What a URL asks to search for; nothing asks for all."""
    return parameters.get("q", "")[:_LONGEST_QUERY]


def searched(query: str, number: int) -> bool:
    """Whether there is a field to search so many apps."""
    return bool(query) or number >= _MANY


def matching(shown: Iterable[Card], query: str) -> tuple[Card, ...]:
    """Those in which every word of the query occurs, in whatever case."""
    words = query.casefold().split()
    return tuple(card for card in shown if all(word in _text(card) for word in words))


def card(snapshot: Snapshot, name: str) -> Card:
    """The card of one app of the configuration."""
    config = snapshot.config
    status = _status(snapshot.status.host.apps, name)
    front = _front(status)
    return Card(
        name=name,
        title=_short(front.title if front and front.title else name),
        emoji=_short(front.emoji if front and front.emoji else name[0].upper(), 8),
        description=_short(front.description if front and front.description else ""),
        url=_url(config, name),
        state=_state(status.phase),
        colors=_colors(front),
        thumbnail=_thumbnail(name, front),
        progress="" if guards(config) else _short(status.progress),
        problem=None if guards(config) else status.problem,
    )


def thumbnail_of(snapshot: Snapshot, name: str) -> str:
    """The release whose picture is shown; empty: there is none, or no such app."""
    if name not in snapshot.config.apps:
        return ""
    front = _front(_status(snapshot.status.host.apps, name))
    return front.id if front is not None and front.thumbnail else ""


def _thumbnail(name: str, front: Release | None) -> str:
    if front is None or not front.thumbnail:
        return ""
    return f"/-/apps/{name}/thumbnail?release={front.id}"


def _text(card: Card) -> str:
    return f"{card.name} {card.title} {card.description}".casefold()


def _colors(front: Release | None) -> str:
    if front is None or not {front.color_from, front.color_to} & _COLORS:
        return ""
    begins, ends = front.color_from, front.color_to
    begins = begins if begins in _COLORS else ends
    ends = ends if ends in _COLORS else begins
    return f"colored from-{begins} to-{ends}"


def _status(apps: Iterable[AppStatus], name: str) -> AppStatus:
    known = (status for status in apps if status.name == name)
    return next(known, AppStatus(name=name, phase=Phase.WAITING))


def _front(status: AppStatus) -> Release | None:
    live = (release for release in status.releases if release.id == status.live)
    return next(live, next(iter(status.releases), None))


def _state(phase: Phase) -> State:
    if phase is Phase.LIVE:
        return "live"
    return "failed" if phase is Phase.FAILED else "starting"


def _url(config: Config, name: str) -> str:
    where = address(config, name)
    return (where.root or where.path).rstrip("/") + "/"


def _short(text: str, longest: int = _LONGEST) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
