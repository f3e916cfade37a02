"""How an app server is launched: its settings and its environment variables, for every runtime.

Pure. Folders and addresses differ between runtimes, so a runtime passes its own as `Folders`
and `Listening`, as the instance sees them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from appliance.apps.runtime import InstancePlan
from appliance.apps.server import settings as server_settings
from appliance.apps.server.settings import Settings

SERVER_PACKAGE = "appliance_server"
"""Name of `appliance/apps/server` inside an app's environment."""


@dataclass(frozen=True)
class Folders:
    """Where an instance finds its folders: absolute paths as it sees them itself."""

    source: str
    """Read-only working folder."""
    temp: str
    examples: str
    data: str
    scratch: str
    """`TMPDIR`: may be lost at every restart."""
    server: str
    """The folder that holds `appliance_server/`; goes on `PYTHONPATH` alone."""


@dataclass(frozen=True)
class Listening:
    """Where the app server listens and whom it believes."""

    host: str
    port: int
    trusted_proxies: tuple[str, ...]


def arguments(python: str) -> tuple[str, ...]:
    """What follows the interpreter's path; `python` is its `major.minor`."""
    # -P keeps the working folder from shadowing modules; Python 3.10 does not know it.
    safe_path = ("-P",) if tuple(map(int, python.split("."))) >= (3, 11) else ()
    return (*safe_path, "-m", SERVER_PACKAGE)


def complete_settings(settings: Settings, folders: Folders, listening: Listening) -> Settings:
    """The plan's settings with what only the runtime knows.

    Relative paths of the file rules start at `folders.source`.
    """
    rules = settings.files
    return settings.model_copy(
        update={
            "listen_host": listening.host,
            "listen_port": listening.port,
            "trusted_proxies": listening.trusted_proxies,
            "storage": settings.storage.model_copy(
                update={
                    "temp": folders.temp,
                    "examples": folders.examples,
                    "data": folders.data,
                }
            ),
            "files": rules.model_copy(
                update={
                    "allowed": _absolute(rules.allowed, folders.source),
                    "blocked": _absolute(rules.blocked, folders.source),
                    "static": _absolute(rules.static, folders.source),
                }
            ),
        }
    )


def environment(
    plan: InstancePlan, folders: Folders, listening: Listening, inherited: Mapping[str, str]
) -> dict[str, str]:
    """All environment variables of an instance; it gets no others.

    `inherited` is the little a runtime passes on from its own (PATH, LANG, certificates).
    The app's own variables win over ours, except for those that keep it inside its folders.
    """
    settings = complete_settings(plan.settings, folders, listening)
    return {
        **QUIET,
        **inherited,
        **plan.environment,
        "HOME": folders.data,
        "HF_HOME": f"{folders.data}/huggingface",
        "XDG_CACHE_HOME": f"{folders.data}/.cache",
        "TMPDIR": folders.scratch,
        "GRADIO_TEMP_DIR": folders.temp,
        "GRADIO_EXAMPLES_CACHE": folders.examples,
        "MPLCONFIGDIR": f"{folders.scratch}/matplotlib",
        "PYTHONPATH": folders.server,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        server_settings.VARIABLE: settings.model_dump_json(),
    }


QUIET: Mapping[str, str] = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    # gradio_client does not read Gradio's switch, only the hub's.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
"""No report to anyone unless the YAML asks for it (`analytics.gradio` sets these per plan)."""


def server_package() -> Mapping[str, bytes]:
    """The files of `appliance_server`, by relative path, as they are to be put into an instance."""
    root = Path(server_settings.__file__).parent
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def server_digest(package: Mapping[str, bytes]) -> str:
    """Content address of the app server: new code means new instances."""
    listing = {name: sha256(content).hexdigest() for name, content in package.items()}
    return sha256(json.dumps(listing, sort_keys=True).encode()).hexdigest()


def _absolute(paths: tuple[str, ...], start: str) -> tuple[str, ...]:
    return tuple(str(PurePosixPath(start, path)) for path in paths)
