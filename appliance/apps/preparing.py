"""From a source to what a release is made of."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from appliance.apps import frontmatter, needs
from appliance.apps.needs import Defaults
from appliance.apps.releases import NewRelease
from appliance.apps.runtime import BuildError
from appliance.apps.sources import fetch
from appliance.config.schema import App


async def prepare(
    app: App, base_folder: Path, work: Path, without: Iterable[Path], defaults: Defaults
) -> NewRelease:
    """Copy the source of an app into `work` and read what it needs. Raises `BuildError`."""
    secrets = [base_folder / ref.file for ref in app.secrets.values() if ref.file is not None]
    fetched = await fetch(app.source, base_folder, work, without=[*without, *secrets])
    front = frontmatter.read(fetched.folder)
    file = app.file or fetched.file or front.app_file or "app.py"
    if not await asyncio.to_thread((fetched.folder / file).is_file):
        raise _missing(fetched.folder, file)
    return NewRelease(
        source=fetched.folder,
        source_digest=fetched.digest,
        needs=needs.of(fetched.folder, app, front, defaults),
        file=file,
        front=front,
        commit=fetched.commit,
        notice=fetched.notice,
    )


def _missing(folder: Path, file: str) -> BuildError:
    scripts = sorted(path.name for path in folder.glob("*.py"))
    there = f"It holds {', '.join(scripts[:5])}." if scripts else "It holds no Python script."
    remedy = (
        f"Name the script in appliance.yaml, e.g. `file: {scripts[0]}`."
        if scripts
        else "Check `source` of this app in appliance.yaml."
    )
    return BuildError(
        "file-missing", f"There is no {file} in the app's folder. {there}", remedy=remedy
    )
