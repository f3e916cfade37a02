"""What was probably meant by a value or a key that cannot stay as it is. Pure."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from appliance.config.findings import KeyPath
from appliance.config.kinds import Kind

_YES = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_SAID_ELSEWHERE = {
    "acme": "certbot",
    "everybody": "public",
    "everyone": "public",
    "false": "off",
    "forever": "none",
    "letsencrypt": "certbot",
    "let's encrypt": "certbot",
    "never": "none",
    "no": "off",
    "private": "signed-in",
    "self-signed": "local-ca",
}
"""Words for the same thing that have no letters in common with ours."""
_PERIOD = re.compile(r"([0-9.]+) ?(s|m|h|d)(?:ec\w*|in\w*|ours?|rs?|ays?)?")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_ORIGIN = re.compile(r"(?:(https?)://)?([\w.-]+\.[\w.-]+(?::[0-9]+)?)(?:/.*)?")
_CURLY = "“”„‟‘’‚‛«»"  # noqa: RUF001 - as texts from elsewhere have them


def value(path: KeyPath, here: Kind, type_: str, found: Any, written: str | None) -> str | None:
    """`type_` is pydantic's name of the error; `written` is the scalar as it stands in the file."""
    if written and (straight := without_curly_quotes(written)):
        return f'`"{straight}"`'
    if written and (other := _other_type(type_, written)):
        return other
    if here.keys:
        return _section(here, found, written)
    return (_literal(here, written.lower()) or _shape(path, here, written)) if written else None


def _other_type(type_: str, written: str) -> str | None:
    """The same, as the type that is wanted."""
    if type_ == "string_type" and re.fullmatch(r"[\w.+-]+", written):
        return f'"{short(written)}"'
    if type_ == "tuple_type":
        return f"`[{short(written)}]`"
    if type_ == "int_type" and re.fullmatch(r"[0-9]{1,9}", written):
        return f"{written} without quotes"
    return None


def key(name: str, section: Kind) -> str | None:
    """For a key that the section does not know."""
    if glued := _glued(name, section):
        return glued
    close = get_close_matches(name.lower().replace("-", "_"), section.keys, n=1)
    if close:
        return f"`{close[0]}`"
    deeper = next(_paths_to(name, section), None)
    return f"`{deeper}`, a section below" if deeper else None


def _glued(text: str, section: Kind) -> str | None:
    """A key and its value without the space between them."""
    before, _, after = text.partition(":")
    return f"`{before}: {short(after)}`, with a space" if after and before in section.keys else None


def without_curly_quotes(text: str) -> str | None:
    """What stands in quotes that YAML takes for letters; None: there are none."""
    inner = text.strip(_CURLY)
    return inner if inner and inner != text else None


def short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


def _section(here: Kind, found: Any, written: str | None) -> str | None:
    """For something else in a section's place."""
    if isinstance(found, bool):
        required = any(info.is_required() for info in here.keys.values())
        return "`{}`" if found and not required else None
    if isinstance(found, tuple):
        return f"`{{{next(iter(here.keys))}: […]}}`" if len(here.keys) == 1 else None
    if isinstance(found, Mapping) or not written:
        return None
    return _glued(written, here) or _literal(here, written.lower()) or _alone(here, written)


def _alone(here: Kind, written: str) -> str | None:
    """A value whose key is left out, as in `tls: certbot`."""
    children = ((name, here.child(name)) for name in here.keys)
    named = (name for name, child in children if child and written.lower() in child.literals)
    name = next(named, None)
    return f"`{{{name}: {written.lower()}}}`" if name else None


def _literal(here: Kind, word: str) -> str | None:
    literals = list(here.literals)
    if "true" in literals:
        return _YES.get(word)
    same = _SAID_ELSEWHERE.get(word)
    # The words of a type say what it takes besides sections and periods of time.
    if same is not None and (same in literals or f"`{same}`" in here.words):
        return f"`{same}`"
    close = get_close_matches(word, literals, n=1)
    return f"`{close[0]}`" if close else None


def _shape(path: KeyPath, here: Kind, written: str) -> str | None:
    """Right but for its form."""
    if path[-1] in ("domain", "host"):
        host = re.sub(r"^\w+://|[:/].*$", "", re.sub(r"^\w+://", "", written)).lower()
        return f"`{host}`" if host != written and _HOST.fullmatch(host) else None
    if path[-2:-1] == ("origins",) and (parts := _ORIGIN.fullmatch(written)):
        return f"`{parts[1] or 'https'}://{parts[2].lower()}`"
    if "a duration" in here.words and (parts := _PERIOD.fullmatch(written.lower())):
        return f"`{parts[1]}{parts[2]}`"
    return None


def _paths_to(name: str, section: Kind) -> Iterator[str]:
    for outer in section.keys:
        child = section.child(outer)
        if child is not None and name in child.keys:
            yield f"{outer}.{name}"
        elif child is not None:
            yield from (f"{outer}.{path}" for path in _paths_to(name, child))
