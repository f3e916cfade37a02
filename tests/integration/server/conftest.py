"""App servers that are shared by the tests of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.servers import Servers


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    started = Servers(tmp_path_factory.mktemp("servers"), Path(__file__).parent / "scripts")
    with started.running:
        yield started
