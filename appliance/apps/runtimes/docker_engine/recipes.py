"""What images are made of: Dockerfiles as text, build contexts as archives."""

import io
import shlex
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from appliance.apps.runtime import Needs

USER = "10001:10001"
PYTHON = "/opt/environment/bin/python"
SERVER = "/opt/appliance"
SOURCE = "/app"

_PROXY_VARIABLES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"})
_INDEX_VARIABLES = (
    "UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INSECURE_HOST",
)  # fmt: skip


def build_arguments(uv: Mapping[str, str]) -> dict[str, str]:
    """What a build needs of the variables uv would get here; folders of ours are of no use there.

    They are arguments, not variables of the image: an app cannot read an index's password.
    """
    found = {
        name: " ".join(url for url in uv[name].split() if not url.startswith(("file:", "/")))
        for name in _INDEX_VARIABLES
        if name in uv
    }
    proxies = {name: value for name, value in uv.items() if name.upper() in _PROXY_VARIABLES}
    return {name: value for name, value in (found | proxies).items() if value}


def environment_dockerfile(
    base: str, needs: Needs, arguments: Iterable[str], *, python: bool
) -> str:
    """`python`: whether the base's Python is another one, so that all is made anew."""
    declared = [f"ARG {name}" for name in arguments if name.upper() not in _PROXY_VARIABLES]
    lines = [f"FROM {base}", "USER root", "ENV UV_NO_PROGRESS=1", *declared]
    if needs.system_packages:
        lines.append(f"RUN {_apt(needs.system_packages)}")
    if python:
        # The interpreter has to be where an app may read it, not in root's home.
        lines += [
            "ENV UV_PYTHON_INSTALL_DIR=/opt/python",
            f"RUN uv venv --clear --python {shlex.quote(needs.python)} /opt/environment",
        ]
    # Copied one by one: the first install stays cached while the second file changes.
    if needs.pre_requirements:
        lines += _install("pre-requirements.txt")
    lines += [*_install("requirements.txt"), f"USER {USER}"]
    return "\n".join(lines) + "\n"


def environment_context(dockerfile: str, needs: Needs) -> dict[str, bytes]:
    return {
        "Dockerfile": dockerfile.encode(),
        "pre-requirements.txt": _text(needs.pre_requirements),
        "requirements.txt": _text(needs.requirements),
    }


RELEASE_DOCKERFILE = f"""\
ARG BASE
FROM ${{BASE}}
COPY server {SERVER}
COPY source {SOURCE}
"""


def write_context(target: IO[bytes], files: Mapping[str, bytes], source: Path | None) -> None:
    """An archive of `files`, and of a folder as `source/`: root's, readable for everyone.

    Owner and times are left out: equal content gives equal layers.
    """
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
        if source is not None:
            archive.add(source, arcname="source", filter=_readable)


def _readable(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if not (entry.isfile() or entry.isdir() or entry.issym() or entry.islnk()):
        return None  # a socket or a pipe is no part of a source
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
    return entry


def _apt(packages: Iterable[str]) -> str:
    names = " ".join(shlex.quote(name) for name in packages)
    return (
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive "
        f"apt-get install --yes -qq --no-install-recommends {names} "
        "&& rm -rf /var/lib/apt/lists/*"
    )


def _install(name: str) -> list[str]:
    install = "uv pip install --color=never --no-cache --compile-bytecode"
    return [
        f"COPY {name} /tmp/{name}",
        f"RUN {install} --python /opt/environment --requirement /tmp/{name}",
    ]


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
