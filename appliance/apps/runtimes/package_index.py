"""Where uv finds packages. It does not read pip's settings, which many machines have; we do.

Facts: pip's documentation on configuration, uv's reference of environment variables.
"""

import os
import re
from collections.abc import Mapping
from configparser import ConfigParser
from configparser import Error as ConfigError
from pathlib import Path

_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSH_AUTH_SOCK", "NETRC")
_PASSED_PREFIXES = ("UV_", "SSL_CERT", "XDG_", "GIT_SSL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
                    "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy")  # fmt: skip
_PIP_TO_UV = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "find-links": ("UV_FIND_LINKS",),
    "no-index": ("UV_NO_INDEX",),
    "trusted-host": ("UV_INSECURE_HOST",),
    "cert": ("SSL_CERT_FILE",),
}
_COMMA = ("UV_FIND_LINKS",)
"""uv separates these by commas, pip by spaces."""
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@")


def uv_environment(own: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Environment variables for uv: the user's settings for it, else those for pip, no others."""
    passed = {
        name: value
        for name, value in own.items()
        if name in _PASSED or name.startswith(_PASSED_PREFIXES)
    }
    return {
        # A company's certificate authority is in the system's store, not in uv's own.
        "UV_SYSTEM_CERTS": "1",
        "UV_NO_PROGRESS": "1",
        # An app cannot write bytecode itself; without it every start would compile everything.
        "UV_COMPILE_BYTECODE": "1",
        **_from_pip(own, passed),
        **passed,
        "UV_CACHE_DIR": str(cache),
        "UV_NO_CONFIG": own.get("UV_NO_CONFIG", "0"),
        "UV_VENV_SEED": "0",
    }


def redact(line: str) -> str:
    """A line without the credentials of URLs in it."""
    return _CREDENTIALS.sub("", line)


def _from_pip(own: Mapping[str, str], passed: Mapping[str, str]) -> dict[str, str]:
    settings = {**_pip_files(own), **_pip_variables(own)}
    found = {
        names[0]: ",".join(settings[key].split()) if names[0] in _COMMA else settings[key]
        for key, names in _PIP_TO_UV.items()
        if settings.get(key) and not any(name in passed for name in names)
    }
    # pip takes the best version of all indexes; who chose its settings chose that.
    return {"UV_INDEX_STRATEGY": "unsafe-best-match", **found} if "UV_INDEX" in found else found


def _pip_variables(own: Mapping[str, str]) -> dict[str, str]:
    return {
        key: " ".join(value.split())
        for key in _PIP_TO_UV
        if (value := own.get("PIP_" + key.upper().replace("-", "_")))
    }


def _pip_files(own: Mapping[str, str]) -> dict[str, str]:
    if own.get("PIP_CONFIG_FILE") == os.devnull:
        return {}
    home = Path(own.get("HOME", "/nonexistent"))
    config_home = Path(own.get("XDG_CONFIG_HOME", home / ".config"))
    places: list[str | Path] = [
        "/etc/pip.conf",
        home / ".pip/pip.conf",
        config_home / "pip/pip.conf",
    ]
    if "PIP_CONFIG_FILE" in own:
        places.append(own["PIP_CONFIG_FILE"])
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(places)
    except (ConfigError, OSError, UnicodeDecodeError):
        # pip itself says what is wrong with its file; here it is as if it were absent.
        return {}
    found = {
        key: " ".join(value.split())
        for section in ("global", "install")
        if parser.has_section(section)
        for key, value in parser.items(section)
    }
    return {key: value for key, value in found.items() if key in _PIP_TO_UV}
