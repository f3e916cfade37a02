"""One data folder with one environment and one uv cache for all tests of the app host."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from appliance.apps.runtimes.process import ProcessRuntime

pytest.register_assert_rewrite("tests.integration.apps.runtime_suite")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments and the cache of packages, made once for the whole run."""
    given = os.environ.get("APPLIANCE_TEST_CACHE")
    folder = Path(given) if given else tmp_path_factory.mktemp("shared")
    for name in ("environments", "cache"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def data(tmp_path: Path, shared: Path) -> Iterator[Path]:
    """An empty data folder but for the shared environments."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("environments", "cache"):
        (folder / name).symlink_to(shared / name)
    yield folder
    for parent, _, _ in os.walk(folder):
        Path(parent).chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def reopen(data: Path) -> Callable[[], ProcessRuntime]:
    return lambda: ProcessRuntime(data)


@pytest.fixture
async def runtime(reopen: Callable[[], ProcessRuntime]) -> AsyncIterator[ProcessRuntime]:
    runtime = reopen()
    yield runtime
    await runtime.close(stop_instances=True)
