"""Images of environments and of releases, built by the engine and found again by their labels."""

import asyncio
import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from docker.client import DockerClient
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image
from packaging.requirements import Requirement

from appliance.apps import launch, requirements
from appliance.apps.runtime import BuildError, Needs, ReleaseFiles, Report
from appliance.apps.runtimes import package_index
from appliance.apps.runtimes.docker_engine import project as labels
from appliance.apps.runtimes.docker_engine import recipes
from appliance.apps.runtimes.docker_engine.project import Project

_TAIL = 15
"""Lines of a failed build that a person is shown."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# The engine's bookkeeping and dpkg's progress tell nothing about the app.
_NOISE = re.compile(r" ---> |Step \d|Removing intermediate |Successfully |\(Reading |\d+%$")


class Images:
    """The images of this appliance's apps."""

    def __init__(self, client: DockerClient, project: Project, default: Needs, data: Path) -> None:
        self._client = client
        self._project = project
        self._default = default
        self._data = data
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ensure(self, files: ReleaseFiles, report: Report) -> str:
        """Id of the release's image, made if it is missing or stale. Raises `BuildError`."""
        # Equal needs are built once, whoever asks first.
        async with self._locks[files.needs.digest]:
            base = await self._environment(files.needs, report)
        return await asyncio.to_thread(self._release, files, base)

    def discard(self, app: str, release: str) -> None:
        """Remove the image of a release. Blocking."""
        self._remove(self._project.release_image(app, release))

    def collect(self, used: frozenset[str]) -> None:
        """Remove environments whose digest is not in `used`. Blocking."""
        mine = f"{labels.PROJECT}={self._project.name}"
        for image in self._client.images.list(filters={"label": [mine, labels.ENVIRONMENT]}):
            for tag in image.tags:
                # Images of releases inherit the label.
                if "/environment:" in tag and image.labels[labels.ENVIRONMENT] not in used:
                    self._remove(tag)

    async def _environment(self, needs: Needs, report: Report) -> Image:
        base = await asyncio.to_thread(self._app_image)
        if holds(self._default, needs):
            return base
        tag = self._project.environment_image(needs.digest)
        found = await asyncio.to_thread(self._find, tag)
        if found is not None and found.labels.get(labels.MADE_OF) == base.id:
            return found
        return await asyncio.to_thread(self._make_environment, tag, base, needs, report)

    def _make_environment(self, tag: str, base: Image, needs: Needs, report: Report) -> Image:
        report(f"Building an environment with Python {needs.python}")
        uv = package_index.uv_environment(os.environ, Path("/nonexistent"))
        arguments = recipes.build_arguments(uv)
        dockerfile = recipes.environment_dockerfile(
            str(base.id), needs, arguments, python=needs.python != self._default.python
        )
        context = recipes.environment_context(dockerfile, needs)
        said: list[str] = []

        def tell(line: str) -> None:
            shown = package_index.redact(line)
            said.append(shown)
            report(shown)

        own = {labels.ENVIRONMENT: needs.digest, labels.MADE_OF: str(base.id)}
        try:
            for line in self._build(tag, context, None, own, arguments):
                tell(line)
        except _StepFailedError as failure:
            raise explain(str(failure), needs, said[-_TAIL:]) from None
        return self._client.images.get(tag)

    def _release(self, files: ReleaseFiles, base: Image) -> str:
        tag = self._project.release_image(files.app, files.release)
        package = launch.server_package()
        made_of = f"{base.id}+{launch.server_digest(package)[:16]}"
        found = self._find(tag)
        if found is None or found.labels.get(labels.MADE_OF) != made_of:
            context = {
                "Dockerfile": recipes.RELEASE_DOCKERFILE.encode(),
                **{
                    f"server/{launch.SERVER_PACKAGE}/{name}": text for name, text in package.items()
                },
            }
            own = {labels.APP: files.app, labels.MADE_OF: made_of}
            try:
                for _ in self._build(tag, context, files.source, own, {"BASE": str(base.id)}):
                    pass
            except _StepFailedError as failure:
                raise BuildError(
                    "image-failed",
                    f"The engine cannot make an image of the release: {failure}",
                    remedy="See whether its disk is full: docker system df.",
                ) from None
            found = self._client.images.get(tag)
        return str(found.id)

    def _build(
        self,
        tag: str,
        context: Mapping[str, bytes],
        source: Path | None,
        own: Mapping[str, str],
        arguments: Mapping[str, str],
    ) -> Iterator[str]:
        """Lines of the build. Raises `_StepFailedError` with the engine's reason."""
        # On disk beside the data: a source may hold a model larger than memory.
        with tempfile.TemporaryFile(dir=self._data) as archive:
            recipes.write_context(archive, context, source)
            archive.seek(0)
            answers = self._client.api.build(
                fileobj=archive,
                custom_context=True,
                tag=tag,
                rm=True,
                forcerm=True,
                decode=True,
                labels={**self._project.labels(), **own},
                buildargs=dict(arguments),
            )
            failures: list[str] = []
            # Read to its end, also after an error: a half-read answer keeps its socket.
            yield from told(_texts(answers, failures))
            if failures:
                raise _StepFailedError(failures[-1])

    def _app_image(self) -> Image:
        found = self._find(self._project.app_image)
        if found is None:
            raise BuildError(
                "app-image-missing",
                f"The image {self._project.app_image}, which apps run in, is not on this machine.",
                remedy="Make it with: docker compose build app",
            )
        return found

    def _find(self, tag: str) -> Image | None:
        try:
            return self._client.images.get(tag)
        except ImageNotFound:
            return None

    def _remove(self, tag: str) -> None:
        try:
            self._client.images.remove(tag)
        except ImageNotFound:
            return
        except APIError as error:
            # A container still uses it: it goes with a later release.
            if error.status_code != 409:
                raise


class _StepFailedError(Exception):
    """A step of a build failed; the text is the engine's."""


def holds(default: Needs, needs: Needs) -> bool:
    """Whether the default environment has all of it, however it is spelled."""
    if needs.system_packages or needs.pre_requirements or needs.python != default.python:
        return False
    held = {one.name: one for line in default.requirements if (one := requirements.parse(line))}
    return all(_meets(held, requirements.parse(line)) for line in needs.requirements)


def _meets(held: Mapping[str, Requirement], wanted: Requirement | None) -> bool:
    if wanted is None or wanted.url or wanted.marker or wanted.name not in held:
        return False
    mine = held[wanted.name]
    pinned = [pin.version for pin in mine.specifier if pin.operator == "=="]
    # Of what is not pinned by name, only "any version" is known to be there.
    fits = wanted.specifier.contains(pinned[0]) if pinned else not wanted.specifier
    return fits and wanted.extras <= mine.extras


def explain(failure: str, needs: Needs, said: list[str]) -> BuildError:
    """What a failed build of an environment means for the person who wrote its files."""
    detail = "\n".join(said)
    if "apt-get" in failure:
        return BuildError(
            "packages-failed",
            f"A Debian package of packages.txt cannot be installed: "
            f"{', '.join(needs.system_packages)}.",
            detail=detail,
            remedy="Mend packages.txt as told above; the app is tried again when it changes.",
        )
    if "uv venv" in failure:
        return BuildError(
            "python-missing",
            f"Python {needs.python} is not in the image of apps and could not be fetched.",
            detail=detail,
            remedy="Set `python` of this app in appliance.yaml to another version, or remove it.",
        )
    if "uv pip install" in failure:
        name = "requirements.txt"
        if "/tmp/pre-" in failure:  # noqa: S108 - the engine's text, not a file of ours
            name = "pre-requirements.txt"
        return BuildError(
            "requirements-failed",
            f"The packages of {name} cannot be installed.",
            detail=detail,
            remedy=f"Mend {name} as told above; the app is tried again when it changes.",
        )
    return BuildError(
        "image-failed",
        f"The engine cannot build the environment: {failure}",
        detail=detail,
        remedy="See whether its disk is full (docker system df) and whether it runs.",
    )


def _texts(answers: Iterable[Mapping[str, Any]], failures: list[str]) -> Iterator[str]:
    for answer in answers:
        if "error" in answer:
            failures.append(str(answer["error"]))
        yield str(answer.get("stream", ""))


def told(texts: Iterable[str]) -> Iterator[str]:
    """Lines worth telling. The engine passes on what a program writes as it comes, in pieces."""
    begun = ""
    for text in texts:
        *whole, begun = (begun + text).split("\n")
        yield from filter(None, map(_plain, whole))
    yield from filter(None, [_plain(begun)])


def _plain(line: str) -> str:
    # What a carriage return overwrites is progress.
    text = _COLOUR.sub("", line).rstrip().rpartition("\r")[2]
    return "" if _NOISE.match(text) else text
