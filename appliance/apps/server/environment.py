"""The environment variables Gradio and its libraries read, as the appliance wants them."""

from collections.abc import Mapping
from pathlib import PurePath

from .settings import Settings

CLOSED_PREFIXES = ("GRADIO_WATCH_", "GRADIO_SHARE", "GRADIO_NODE_", "GRADIO_STATIC_WORKER")
CLOSED = frozenset(
    {
        # Development: reloading, editing the running app, weaker CORS, profiles for anyone.
        "GRADIO_AUTO_LOGOUT",
        "GRADIO_DEBUG",
        "GRADIO_HOT_RELOAD",
        "GRADIO_IS_E2E_TEST",
        "GRADIO_LOCAL_DEV_MODE",
        "GRADIO_PROFILING",
        "GRADIO_VIBE_MODE",
        "GRADIO_WORKFLOW_INBROWSER",
        # The network and the file rules are the appliance's.
        "GRADIO_ALLOWED_PATHS",
        "GRADIO_BLOCKED_PATHS",
        "GRADIO_NUM_PORTS",
        "GRADIO_NUM_WORKERS",
        "GRADIO_PYTHON_HOST",
        "GRADIO_PYTHON_PORT",
        "GRADIO_ROOT_PATH",
        "GRADIO_SERVER_MODE_ENABLED",
        "GRADIO_SERVER_NAME",
        "GRADIO_SERVER_PORT",
        "GRADIO_SSR_MODE",
        # A restart must keep what is still valid; `examples.py` drops the rest.
        "GRADIO_RESET_EXAMPLES_CACHE",
        # uvicorn would believe these peers' headers; `gate.py` decides that.
        "FORWARDED_ALLOW_IPS",
        "WEB_CONCURRENCY",
    }
)
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def environment(
    settings: Settings, examples_folder: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """All variables the script is to see. What the host set on purpose wins over quiet defaults."""
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in CLOSED and not name.startswith(CLOSED_PREFIXES)
    }
    folders = {
        "GRADIO_TEMP_DIR": settings.storage.temp,
        "GRADIO_EXAMPLES_CACHE": examples_folder,
        "HOME": settings.storage.data,
        "HF_HOME": kept.get("HF_HOME", str(PurePath(settings.storage.data, "huggingface"))),
    }
    return {**QUIET, **kept, **folders, **_loopback_without_proxy(kept)}


def _loopback_without_proxy(inherited: Mapping[str, str]) -> dict[str, str]:
    """Gradio calls its own server on start; an outgoing proxy must not get that call."""
    listed = inherited.get("NO_PROXY") or inherited.get("no_proxy") or ""
    hosts = [host for host in listed.split(",") if host]
    hosts += [host for host in ("localhost", "127.0.0.1", "::1") if host not in hosts]
    joined = ",".join(hosts)
    return {"NO_PROXY": joined, "no_proxy": joined}
