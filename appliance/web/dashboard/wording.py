"""What the configuration says, in the words of people. Pure."""

from datetime import timedelta

from appliance.amounts import size
from appliance.config.access import access, guards
from appliance.config.auth import Members
from appliance.config.schema import Config

LIFETIMES = {"3600": "1 hour", "86400": "1 day", "604800": "1 week", "none": "for ever"}
"""Seconds that a share may live or live longer, and how they are offered."""


def access_words(config: Config, name: str) -> str:
    """Who may see the app `name`: a sentence."""
    if not guards(config):
        where = "the appliance" if config.public else "this machine"
        return f"Everybody who reaches {where}: the YAML has no `auth`, so nobody can sign in."
    said = access(config, name)
    if isinstance(said, Members):
        people = [f"{user}" for user in said.users]
        groups = [f"the group {group}" for group in said.groups]
        named = _and([*people, *groups])
        return f"Only {named}, once signed in." if named else "Nobody: `access` names no one."
    if said == "public":
        return "Everybody, signed in or not."
    return "Everybody who has signed in."


def limit_words(config: Config, name: str) -> tuple[tuple[str, str], ...]:
    """What the app may use, as pairs of a label and a value."""
    app = config.apps[name]
    limits = app.limits
    upload = app.files.max_upload
    return (
        ("Memory", size(limits.memory) if limits.memory else "no limit"),
        ("CPU cores", f"{limits.cpus:g}" if limits.cpus else "no limit"),
        ("Processes and threads", str(limits.pids)),
        ("GPUs", str(limits.gpus) if limits.gpus else "none"),
        ("Disk", size(limits.disk) if limits.disk else "no limit"),
        ("Largest upload", size(upload) if upload else "no limit"),
        ("Instances", str(app.replicas)),
        ("Time to start", lasting(app.start_timeout.total_seconds())),
    )


def lasting(seconds: float) -> str:
    """A time with its two largest units: `2 d 3 h`, `3 h 20 min`, `45 s`."""
    left = timedelta(seconds=max(0, int(seconds)))
    days, hours = left.days, left.seconds // 3600
    minutes, rest = left.seconds // 60 % 60, left.seconds % 60
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]
    first = next((index for index, (count, _) in enumerate(parts) if count), 3)
    told = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return " ".join(told) or "0 s"


def _and(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def page_number(text: str) -> int:
    """Which page of a list is asked for; the first where that is no number."""
    return min(max(1, int(text)), 10_000) if text.isdecimal() and len(text) < 6 else 1
