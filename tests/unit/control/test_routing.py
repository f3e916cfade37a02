"""Routes where they cannot be written."""

import errno
import os
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.config.schema import Config
from appliance.control import routing
from appliance.control.board import Board, Facts
from appliance.control.routing import Routing
from appliance.control.status import ConfigStatus
from appliance.proxy.model import RouteModel
from appliance.proxy.static import Folder


async def test_a_folder_that_takes_no_file_keeps_nobody_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each news has all others look again: the same trouble must not be news each time."""

    def refusing(*_: object) -> bool:
        raise OSError(errno.EROFS, "Read-only file system", f"/.routes.{os.urandom(4).hex()}")

    monkeypatch.setattr(routing.disk, "write", refusing)
    status = ConfigStatus(file="appliance.yaml", state="ok")
    board = Board(Facts(config=Config(), text="", config_status=status))
    nobody = cast("Any", None)
    routes = Routing(board, Folder(tmp_path), nobody, nobody)
    model = RouteModel((), (), (), ())
    assert not await routes._settle(board.facts, model)
    told = board.version
    assert "Read-only file system" in board.facts.routes.detail[0]
    assert not await routes._settle(board.facts, model)
    assert board.version == told
