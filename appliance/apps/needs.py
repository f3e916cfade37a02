"""What an app's environment must hold, read from its folder and the YAML.

Gradio's version is the YAML's, else `sdk_version` of the README, else what requirements.txt pins,
else ours. As on Spaces, its `oauth` and `mcp` extras come along.
"""

from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from appliance.apps import requirements
from appliance.apps.frontmatter import FrontMatter
from appliance.apps.runtime import BuildError, Needs
from appliance.config.schema import App

DEFAULT_GRADIO = "6.31.0"
GRADIO_FLOOR = "6.0"
"""The app server stands on interfaces that came with Gradio 6."""
_OLDEST_PYTHON = (3, 10)
_SERVER = ("httptools", "pyjwt[crypto]")
"""What the app server needs beside Gradio's own dependencies."""


@dataclass(frozen=True)
class Defaults:
    """What an app gets that names nothing itself."""

    python: str
    """major.minor"""
    gradio: str = DEFAULT_GRADIO


def of(folder: Path, app: App, front: FrontMatter, defaults: Defaults) -> Needs:
    """Raises `BuildError` for what no environment can satisfy, before one is tried."""
    own = requirements.read(folder, "requirements.txt")
    gradio, others = _split_gradio(own.packages)
    wanted = _gradio(app, front, gradio, defaults)
    return Needs(
        python=_python(app, front, defaults),
        requirements=(
            *own.options,
            *sorted({*others, *wanted, *_SERVER}, key=str.lower),
        ),
        pre_requirements=requirements.read(folder, "pre-requirements.txt").lines,
        system_packages=requirements.system_packages(folder),
    )


def _python(app: App, front: FrontMatter, defaults: Defaults) -> str:
    where, wanted = (
        ("`python` in appliance.yaml", app.python)
        if app.python
        else ("`python_version` of README.md", front.python_version or defaults.python)
    )
    try:
        version = Version(wanted)
    except InvalidVersion:
        raise BuildError(
            "python-invalid", f"{where} is {wanted!r}, which is no version.", remedy="Say 3.13."
        ) from None
    # `python: 3` means any Python 3: ours.
    if len(version.release) == 1 and version.major == 3:
        return defaults.python
    if version.release[:2] < _OLDEST_PYTHON:
        raise BuildError(
            "python-too-old",
            f"{where} is {wanted}; Gradio {GRADIO_FLOOR} needs Python 3.10 or newer.",
            remedy='Set `python` of this app in appliance.yaml, e.g. `python: "3.13"`.',
        )
    return f"{version.major}.{version.minor}"


def _split_gradio(packages: tuple[str, ...]) -> tuple[Requirement | None, tuple[str, ...]]:
    gradio: Requirement | None = None
    others: list[str] = []
    for line in packages:
        requirement = requirements.parse(line)
        if requirement is not None and requirement.name.lower() == "gradio":
            gradio = requirement
        else:
            others.append(line)
    return gradio, tuple(others)


def _gradio(
    app: App, front: FrontMatter, own: Requirement | None, defaults: Defaults
) -> tuple[str, ...]:
    extras = ",".join(sorted({"mcp", "oauth", *(own.extras if own else ())}))
    if app.gradio is not None:
        return (f"gradio[{extras}]{_pin(app.gradio, '`gradio` in appliance.yaml')}",)
    if front.sdk_version is not None:
        return (f"gradio[{extras}]{_pin(front.sdk_version, '`sdk_version` of README.md')}",)
    if own is not None and own.url is not None:
        return (f"gradio[{extras}] @ {own.url}",)
    specifier = own.specifier if own else SpecifierSet()
    floor = SpecifierSet(f">={GRADIO_FLOOR}")
    if (specifier & floor).is_unsatisfiable():
        raise _too_old("requirements.txt", f"gradio{specifier}")
    # The default wherever it is allowed: the same pin for many apps is one environment.
    if specifier.contains(defaults.gradio):
        specifier = SpecifierSet(f"=={defaults.gradio}")
    if not specifier.is_subset(floor):
        specifier &= floor
    return (f"gradio[{extras}]{specifier}",)


def _pin(wanted: str, where: str) -> SpecifierSet:
    try:
        version = Version(wanted)
        short = len(version.release) < 3
        pin = SpecifierSet(f"=={wanted}.*" if short else f"=={wanted}")
    except (InvalidVersion, InvalidSpecifier):
        raise BuildError(
            "gradio-invalid", f"{where} is {wanted!r}, which is no version.", remedy="Say 6.31.0."
        ) from None
    if version < Version(GRADIO_FLOOR):
        raise _too_old(where, wanted)
    return pin


def _too_old(where: str, wanted: str) -> BuildError:
    return BuildError(
        "gradio-too-old",
        f"{where} asks for {wanted}; this appliance runs Gradio {GRADIO_FLOOR} or newer.",
        remedy=f'Set `gradio: "{DEFAULT_GRADIO}"` for this app in appliance.yaml and try it; '
        "most apps run unchanged.",
    )
