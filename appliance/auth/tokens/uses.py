"""What of an app a limited token reaches. Narrows only: who may see the app is decided before."""

from urllib.parse import unquote

from appliance.auth.tokens.token import Use

_API = "gradio_api/"
_PREDICT = (
    "api/",
    "call/",
    "cancel",
    "file=",
    "heartbeat/",
    "info",
    "mcp",
    "openapi.json",
    "queue/",
    "reset",
    "run/",
    "startup-events",
    "stream/",
)
_UPLOAD = ("upload", "upload_progress")
_READS = (b"GET", b"HEAD")


def narrowed(uri: str, prefix: str, method: bytes, uses: tuple[Use, ...]) -> bool:
    """Whether a token of an embedded app reaches it: the page itself must be shown as well."""
    if not uses:
        return True
    wanted = use(uri, prefix)
    if wanted is not None:
        return wanted in uses
    # However it is spelled, and wherever in the app Gradio is mounted.
    return method in _READS and f"/{_API}" not in unquote(uri.split("?", 1)[0])


def use(uri: str, prefix: str) -> Use | None:
    """What a request is for; None if it is neither.

    `uri` is the path as it was sent, with its query; `prefix` is the app's path, empty at the root
    of a host. The path is compared undecoded: an odd spelling of a good one is refused. What leads
    out of it again is refused however it is spelled, since apps get to see `%2F` as a slash.
    """
    path = uri.split("?", 1)[0]
    if not path.startswith(f"{prefix}/") or "//" in path or ".." in unquote(path).split("/"):
        return None
    below = path[len(prefix) + 1 :]
    if below in ("config", "config/"):
        return Use.PREDICT
    if not below.startswith(_API):
        return None
    call = below[len(_API) :]
    if call.rstrip("/") in _UPLOAD:
        return Use.UPLOAD
    return Use.PREDICT if call.startswith(_PREDICT) else None
