"""The engine may keep an answer to itself that nothing waits for."""

from pathlib import Path
from unittest.mock import MagicMock

from requests import ReadTimeout

from appliance.apps.runtimes.docker import DockerRuntime
from appliance.apps.runtimes.docker_engine.project import project


async def test_numbers_that_the_engine_never_tells_hold_up_no_app(tmp_path: Path) -> None:
    engine, silent = MagicMock(), MagicMock()
    silent.api.stats.side_effect = ReadTimeout
    runtime = DockerRuntime(engine, silent, project({}, tmp_path), tmp_path)
    assert await runtime.memory("hello") is None
    silent.api.stats.assert_called_once()
    engine.api.stats.assert_not_called()
