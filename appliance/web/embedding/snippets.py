"""What to paste into another site to show an app there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

HEIGHTS = ("300px", "450px", "600px", "900px")
THEMES = ("system", "light", "dark")
SWITCHES = ("eager", "autoscroll", "control_page_title")


@dataclass(frozen=True)
class Target:
    """The app that is embedded."""

    name: str
    title: str
    url: str
    """With the slash at its end."""
    origin: str
    """Of its host, where the appliance's own files are found too."""


@dataclass(frozen=True)
class Options:
    """What a person may choose; the defaults are left out of what is shown."""

    initial_height: str = HEIGHTS[0]
    theme_mode: str = THEMES[0]
    container: bool = True
    eager: bool = False
    autoscroll: bool = False
    control_page_title: bool = False

    @property
    def attributes(self) -> dict[str, str]:
        """Of the element, by name: those that differ from what it does by itself."""
        usual = Options()
        names = ("initial_height", "theme_mode", "container", *SWITCHES)
        return {
            name: str(getattr(self, name)).lower()
            for name in names
            if getattr(self, name) != getattr(usual, name)
        }


@dataclass(frozen=True)
class Snippet:
    """One way to do it."""

    key: str
    heading: str
    text: str
    note: str = ""


def options(asked: Mapping[str, str]) -> Options:
    """From the query of the page; what it does not know becomes the default."""
    height, theme = asked.get("initial_height"), asked.get("theme_mode")
    return Options(
        initial_height=height if height in HEIGHTS else HEIGHTS[0],
        theme_mode=theme if theme in THEMES else THEMES[0],
        # A form says nothing about a box that is not ticked.
        container="plain" not in asked,
        **{name: name in asked for name in SWITCHES},
    )


def frame_url(target: Target, chosen: Options) -> str:
    """What the frame shows."""
    theme = chosen.theme_mode
    return target.url if theme == "system" else f"{target.url}?__theme={theme}"


def snippets(target: Target, chosen: Options, *, public: bool) -> tuple[Snippet, ...]:
    """The best first. Of an app that is not public only what works for people who sign in."""
    frame = Snippet("frame", "Frame", _frame(target, chosen), "Grows and shrinks with the app.")
    address = Snippet("address", "Address", frame_url(target, chosen))
    if not public:
        return frame, address
    note = "Becomes a part of your page, drawn by the app's own version of Gradio."
    return (
        Snippet("component", "Web component", _component(target, chosen), note),
        frame,
        address,
        Snippet("badge", "Badge for a README", _badge(target), "Shows whether the app is up."),
    )


def _component(target: Target, chosen: Options) -> str:
    more = "".join(f' {name}="{value}"' for name, value in chosen.attributes.items())
    return (
        f'<script type="module" src="{target.url}gradio.js"></script>\n'
        f'<gradio-app src="{target.url}"{more}></gradio-app>'
    )


def _frame(target: Target, chosen: Options) -> str:
    return (
        f'<iframe src="{frame_url(target, chosen)}" title="{escape(target.title)}" data-gradio\n'
        f'  style="width: 100%; height: {chosen.initial_height}; border: 0"></iframe>\n'
        f'<script src="{target.origin}/-/static/frame.js" async></script>'
    )


def _badge(target: Target) -> str:
    title = "".join(c for c in target.title if c not in "[]\\\n")
    return f"[![{title}]({target.origin}/-/apps/{target.name}/badge.svg)]({target.url})"
