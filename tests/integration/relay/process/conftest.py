from collections.abc import Iterator

import pytest

from tests.running.relay import WANTED, RelayProcess


@pytest.fixture(scope="session", params=[1, 2], ids=["alone", "two workers"])
def relay(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RelayProcess]:
    made = RelayProcess(tmp_path_factory.mktemp("relay"), workers=request.param)
    with made.started():
        yield made


@pytest.fixture
def told(relay: RelayProcess) -> RelayProcess:
    """The relay, as it is told by default."""
    relay.want(WANTED)
    return relay
