"""Contradictions: each key is right by itself, together they cannot be meant. No disk is read."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from appliance.config.access_checks import access_contradictions
from appliance.config.addresses import Address, address, is_ip
from appliance.config.findings import Finding, KeyPath, Reporter
from appliance.config.schema import App, Config
from appliance.config.share_checks import shares
from appliance.config.tls_checks import tls_contradictions

OWN_VARIABLES = {
    "GRADIO_ANALYTICS_ENABLED": "`analytics.gradio`",
    "GRADIO_EXAMPLES_CACHE": "`cache.examples`",
    "GRADIO_ROOT_PATH": "the app's address",
    "GRADIO_SERVER_NAME": "the app's address",
    "GRADIO_SERVER_PORT": "the app's address",
    "GRADIO_TEMP_DIR": "`cache.temp`",
    "HOME": "the app's own data folder",
    "PYTHONPATH": "the app's environment",
}
"""Environment variables that the appliance sets, and what decides about them."""

_LEAST_MEMORY = 64 * 2**20
_LIKE_A_SECRET = re.compile(r"(?i)(^|_)(token|secret|password|passwd|api_?key|private_?key)($|_)")


def contradictions(config: Config, report: Reporter) -> tuple[Finding, ...]:
    """All of them, errors and warnings, in no particular order."""
    found = [
        *_mode(config, report),
        *_addresses(config, report),
        *shares(config, report),
        *tls_contradictions(config, report),
        *access_contradictions(config, report),
    ]
    for name, app in config.apps.items():
        found += [
            *_host(config, name, report),
            *_files(name, app, report),
            *_variables(name, app, report),
            *_limits(config, name, report),
            *_source(name, app, report),
        ]
    return tuple(found)


def _mode(config: Config, report: Reporter) -> Iterator[Finding]:
    if config.public and config.domain is None:
        yield report.at(
            ("access",),
            "no-domain",
            "`public` needs a `domain`",
            expected="`domain: demos.example.org`",
        )
    ports: dict[int, str] = {}
    for key in ("http", "local", "https"):
        number = getattr(config.ports, key)
        if (first := ports.setdefault(number, key)) != key:
            problem = f"`{key}` and `{first}` cannot both be {number}"
            yield report.at(("ports", key), "same-port", problem, expected="two different ports")
    if config.public and config.domain and is_ip(config.domain):
        for name, app in config.apps.items():
            if app.path is None and app.host is None:
                yield report.at(
                    ("apps", name),
                    "no-sub-domain",
                    f"`{name}.{config.domain}` cannot exist, an IP address has no sub-domains",
                    on="key",
                    expected=f"`path: /{name}` in this app, or a name as `domain`",
                )


def _addresses(config: Config, report: Reporter) -> Iterator[Finding]:
    seen: dict[tuple[str | None, str], str] = {}
    for name in config.apps:
        place = address(config, name)
        first = seen.setdefault((place.host, place.path), name)
        if first != name:
            at, on = _address_key(config, name)
            problem = f"the same address as app `{first}`: {_words(place)}"
            yield report.at(at, "same-address", problem, on=on)
            continue
        yield from _nested_in_others(config, name, seen, report)


def _nested_in_others(
    config: Config, name: str, seen: Mapping[tuple[str | None, str], str], report: Reporter
) -> Iterator[Finding]:
    place, (at, on) = address(config, name), _address_key(config, name)
    for (host, path), other in seen.items():
        if host == place.host and _nested(path, place.path):
            problem = (
                f"`{place.path}` and `{path}` of app `{other}` are inside one another;"
                " the inner app hides pages of the outer one"
            )
            yield report.at(at, "nested-address", problem, on=on, severity="warning")


def _address_key(config: Config, name: str) -> tuple[KeyPath, str]:
    """What in the YAML gave the app its address, and whether that is a value or a key."""
    app = config.apps[name]
    key = "path" if app.path else "host" if app.host else None
    return (("apps", name, key), "value") if key else (("apps", name), "key")


def _host(config: Config, name: str, report: Reporter) -> Iterator[Finding]:
    app, at = config.apps[name], ("apps", name, "host")
    if app.host is None:
        return
    if app.path is not None:
        problem = "an app is served under a `path` or on a `host`, not both"
        yield report.at(at, "path-and-host", problem, on="key", expected="one of the two")
    if not config.public and config.domain is None:
        yield report.at(
            at,
            "host-without-domain",
            "there are no host names in local mode",
            on="key",
            expected=f"`path: /{name}`, or a `domain` at the top",
        )
    elif not config.public:
        problem = f"without effect while `access` is `local`; the app is at `/{name}`"
        yield report.at(at, "host-unused", problem, on="key", severity="warning")
    elif app.host == config.domain:
        yield report.at(
            at,
            "host-is-domain",
            f"`{app.host}` is the `domain` itself, where the overview of all apps is",
            expected=f"`path: /{name}`, or another host such as `{name}.{config.domain}`",
        )


def _files(name: str, app: App, report: Reporter) -> Iterator[Finding]:
    for key in ("allowed", "static", "blocked"):
        for index, text in enumerate(getattr(app.files, key)):
            at, path = ("apps", name, "files", key, index), PurePosixPath(text)
            if ".." in path.parts:
                problem = f"`{text}` leads out of the source folder"
                yield report.at(at, "path-outside", problem, expected="an absolute path")
            elif key != "blocked" and path == PurePosixPath("/"):
                problem = "`/` lets visitors fetch every file the app can read"
                yield report.at(at, "path-everything", problem, expected="the folders they need")
            elif key != "blocked" and (wall := _wall(path, app.files.blocked)):
                problem = f"`{text}` is inside `{wall}`, which `files.blocked` never serves"
                yield report.at(at, "allowed-inside-blocked", problem, expected="one of the two")


def _wall(path: PurePosixPath, blocked: tuple[str, ...]) -> str | None:
    return next((wall for wall in blocked if path.is_relative_to(PurePosixPath(wall))), None)


def _variables(name: str, app: App, report: Reporter) -> Iterator[Finding]:
    for section, names in (("env", app.env), ("secrets", app.secrets)):
        for variable in names:
            at = ("apps", name, section, variable)
            if variable.startswith("APPLIANCE_"):
                problem = "names that start with APPLIANCE_ belong to the appliance"
                yield report.at(at, "own-variable", problem, on="key", expected="another name")
            elif variable in OWN_VARIABLES:
                problem = f"without effect: the appliance sets it from {OWN_VARIABLES[variable]}"
                yield report.at(at, "own-variable", problem, on="key", severity="warning")
    for variable in app.env:
        at = ("apps", name, "env", variable)
        if variable in app.secrets:
            problem = "the same variable is in `secrets` too"
            yield report.at(at, "same-variable", problem, on="key", expected="one of the two")
        elif _LIKE_A_SECRET.search(variable) and app.env[variable]:
            yield report.at(
                at,
                "secret-in-env",
                "looks like a secret that everyone who reads this file can see",
                on="key",
                expected=f"`secrets: {{{variable}: {{file: secrets/{variable.lower()}}}}}`",
                severity="warning",
            )


def _limits(config: Config, name: str, report: Reporter) -> Iterator[Finding]:
    app, at = config.apps[name], ("apps", name, "limits")
    if app.limits.memory is not None and app.limits.memory < _LEAST_MEMORY:
        place = report.places.get((*at, "memory"))
        bare = place.text if place and place.text and place.text.isdigit() else None
        yield report.at(
            (*at, "memory"),
            "too-little-memory",
            "no Gradio app starts with so little memory",
            expected="64mb at the very least; most apps need 500mb or more",
            nearest=f"`{bare}g`" if bare and int(bare) <= 1024 else None,
        )
    if app.limits.gpus and config.runtime == "process":
        problem = "GPUs are handed out by the docker runtime only, and `runtime` is `process`"
        yield report.at((*at, "gpus"), "gpus-need-docker", problem, expected="`runtime: docker`")


def _source(name: str, app: App, report: Reporter) -> Iterator[Finding]:
    url = urlsplit(app.git.git) if app.git and "://" in app.git.git else None
    if url and url.password:
        yield report.at(
            ("apps", name, "source"),
            "secret-in-source",
            "the URL holds a password",
            expected="a URL without it; use an SSH key or a credential helper of Git",
        )


def _nested(one: str, other: str) -> bool:
    return one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _words(place: Address) -> str:
    return f"`{place.path}`" if place.host is None else f"`{place.host}{place.path}`"
