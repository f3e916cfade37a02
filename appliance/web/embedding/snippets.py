"""What to paste into another site to show an app there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

HEIGHTS = ("300px", "450px", "600px", "900px")
THEMES = ("system", "light", "dark")
SWITCHES = ("eager", "autoscroll", "control_page_title", "info")


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
    info: bool = False

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


def snippets(
    target: Target, chosen: Options, *, public: bool, badge_key: str = ""
) -> tuple[Snippet, ...]:
    """The best first. `badge_key`: what strangers need to see the picture."""
    note = "Becomes a part of your page, drawn by the app's own version of Gradio."
    if not public:
        note += " Its visitors sign in there."
    component = _component(target, chosen, public=public)
    frame = _frame(target, chosen, frame_url(target, chosen))
    return (
        Snippet("component", "Web component", component, note),
        Snippet("frame", "Frame", frame, "Grows and shrinks with the app."),
        Snippet("address", "Address", frame_url(target, chosen)),
        Snippet("badge", "Badge for a README", _badge(target, badge_key), _badge_note(badge_key)),
    )


def snippets_with_token(target: Target, token: str) -> dict[str, str]:
    """For the one site that the token was made for: its visitors are asked for nothing."""
    entrance = f"{target.origin}/-/apps/{target.name}/embedded/enter?token={token}"
    element = f'{_script(target, public=False, token=token)}\n<gradio-app src="{target.url}">'
    return {
        "frame": _frame(target, Options(), entrance),
        "web component": f"{element}</gradio-app>",
    }


def _component(target: Target, chosen: Options, *, public: bool) -> str:
    more = "".join(f' {name}="{value}"' for name, value in chosen.attributes.items())
    return f'{_script(target, public=public)}\n<gradio-app src="{target.url}"{more}></gradio-app>'


def _script(target: Target, *, public: bool, token: str = "") -> str:
    if public:
        return f'<script type="module" src="{target.url}gradio.js"></script>'
    query = f"?token={token}" if token else ""
    where = f"{target.origin}/-/apps/{target.name}/gradio.js{query}"
    return f'<script type="module" crossorigin="use-credentials" src="{where}"></script>'


def _frame(target: Target, chosen: Options, url: str) -> str:
    return (
        f'<iframe src="{url}" title="{escape(target.title)}" data-gradio\n'
        f'  style="width: 100%; height: {chosen.initial_height}; border: 0"></iframe>\n'
        f'<script src="{target.origin}/-/static/frame.js" async></script>'
    )


def badge_url(target: Target, key: str) -> str:
    """`key` lets whoever has the address see the picture, and nothing else."""
    query = f"?key={key}" if key else ""
    return f"{target.origin}/-/apps/{target.name}/badge.svg{query}"


def _badge_note(key: str) -> str:
    text = "Shows whether the app is up."
    return f"{text} Whoever has this address sees that, and the app's title." if key else text


def _badge(target: Target, key: str) -> str:
    title = "".join(c for c in target.title if c not in "[]\\\n")
    return f"[![{title}]({badge_url(target, key)})]({target.url})"
