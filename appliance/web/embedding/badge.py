"""A picture that says whether an app is up, for places where only pictures work. Pure."""

from html import escape

from appliance.web.cards import State

_COLOURS: dict[State, str] = {"live": "#18794e", "starting": "#8a5a00", "failed": "#b42318"}
_WORDS: dict[State, str] = {"live": "live", "starting": "starting", "failed": "not available"}
_LETTER = 6.8
"""Pixels that a letter is taken to need at this size."""
_LONGEST = 40
_PAD = 7


def badge(title: str, state: State) -> str:
    """An SVG of a name and a state, side by side."""
    name = title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…"
    left, right = _width(name), _width(_WORDS[state])
    label = escape(f"{name}: {_WORDS[state]}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{label}"><title>{label}</title>'
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#3b3834"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[state]}"/></g>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_text(name, 0, left)}{_text(_WORDS[state], left, right)}</g></svg>"
    )


def _width(text: str) -> int:
    return round(len(text) * _LETTER) + 2 * _PAD


def _text(text: str, start: int, width: int) -> str:
    middle = start + width / 2
    return f'<text x="{middle:g}" y="14" text-anchor="middle">{escape(text)}</text>'
