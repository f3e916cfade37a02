"""Traefik's files, rendered through the templates in /proxy."""

import io
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from ruamel.yaml import YAML

from appliance import disk
from appliance.proxy.model import (
    ErrorPages,
    ForwardAuth,
    OnePage,
    Patience,
    RequestHeaders,
    RouteModel,
    ToHttps,
    WholeBodies,
)
from appliance.proxy.static import Folder, Listen

KEY_HEADER = "X-Appliance-Proxy-Key"
"""Guards Traefik's API: apps share networks with the proxy, so an address is no proof."""


SHARED = 0o640
"""Traefik runs as another user of the group, and its API's key is nobody else's business."""


def static_text(listen: Listen, dynamic: Path) -> str:
    """Traefik's static file; `dynamic` is the watched folder as Traefik sees it."""
    return _render("traefik.yml.j2", listen=listen, dynamic=str(dynamic))


def api_text(key: str) -> str:
    """The route to Traefik's own API, open to whoever knows the key."""
    return _render("api.yml.j2", header=KEY_HEADER, key=key)


def routes_text(model: RouteModel) -> str:
    """The route model in Traefik's syntax."""
    error_pages = [m for m in model.middlewares if isinstance(m, ErrorPages)]
    forward_auths = [m for m in model.middlewares if isinstance(m, ForwardAuth)]
    request_headers = [m for m in model.middlewares if isinstance(m, RequestHeaders)]
    return _render(
        "routes.yml.j2",
        model=model,
        error_pages=error_pages,
        forward_auths=forward_auths,
        request_headers=request_headers,
        patiences=[m for m in model.middlewares if isinstance(m, Patience)],
        one_pages=[m for m in model.middlewares if isinstance(m, OnePage)],
        to_https=[m for m in model.middlewares if isinstance(m, ToHttps)],
        whole_bodies=[m for m in model.middlewares if isinstance(m, WholeBodies)],
    )


def certificates_text(pairs: Sequence[tuple[str, str]], default: tuple[str, str]) -> str:
    """Chains with their keys in PEM form; `default` is for names that none of them covers.

    They are in the file itself: Traefik never sees a chain without its key.
    """
    return _render("certificates.yml.j2", pairs=pairs, default=default)


def prepare(folder: Folder, listen: Listen, key: str) -> None:
    """Write what Traefik needs before it can start; routes of an earlier run stay."""
    folder.dynamic.mkdir(parents=True, exist_ok=True)
    disk.write(folder.api, api_text(key), SHARED)
    disk.write(folder.static, static_text(listen, folder.dynamic), SHARED)


def _render(template: str, **values: object) -> str:
    text = _environment().get_template(template).render(**values)
    YAML(typ="safe").load(io.StringIO(text))  # a file that is no YAML never replaces one that is
    return text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_templates()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - YAML, quoted by the filter below
    )
    environment.filters["quoted"] = _quoted
    return environment


def _quoted(value: object) -> str:
    # JSON is YAML. Traefik passes its files through Go templates, whose brackets are braces.
    return json.dumps(value, ensure_ascii=False).replace("{", "\\u007b")


def _templates() -> Path:
    here = Path(__file__).parent
    installed = here / "templates"
    return installed if installed.is_dir() else here.parents[1] / "proxy"
