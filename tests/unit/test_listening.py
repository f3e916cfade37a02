import os
import socket
import stat

import pytest

from appliance.listening import unix


def test_owner_and_group_may_speak_and_nobody_else_at_any_moment(tmp_path, monkeypatch):
    path = tmp_path / "run" / "control.sock"
    monkeypatch.setattr(os, "chmod", lambda *_: pytest.fail("it was open before"))
    before = os.umask(0)
    try:
        with unix(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert os.umask(0) == 0
    finally:
        os.umask(before)


def test_a_socket_left_by_an_earlier_run_is_replaced(tmp_path):
    path = tmp_path / "control.sock"
    with unix(path):
        pass
    with unix(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
