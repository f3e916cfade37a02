"""Where apps come from: a folder, a script or a Git repository, copied once and never changed."""

from collections.abc import Iterable
from pathlib import Path

from appliance.apps.sources import folder, git
from appliance.apps.sources.folder import Fetched
from appliance.apps.sources.location import Local, Repository, locate
from appliance.config.source import GitSource

__all__ = ["Fetched", "Local", "Repository", "fetch", "locate"]


async def fetch(
    spec: str | GitSource, base_folder: Path, work: Path, *, without: Iterable[Path] = ()
) -> Fetched:
    """Copy a source into `work` (which must not exist yet).

    `without` names files and folders that are never copied: the appliance's own data and secrets.
    Raises `SourceError`.
    """
    location = locate(spec, base_folder)
    match location:
        case Local():
            return await folder.fetch(location, base_folder, work, without)
        case Repository():
            return await git.fetch(location, work)
