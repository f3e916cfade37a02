import errno
import os
import socket

import pytest

from appliance.supervisor import ports


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_no_obstacle(listener):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ports.obstacle(f"127.0.0.1:{port}", "ports.local") is None


def test_who_uses_a_port_is_named_with_what_to_do(listener):
    found = ports.obstacle(f"127.0.0.1:{listener}", "ports.local")
    assert f"Port {listener} is in use by" in found.summary
    assert f"process {os.getpid()}" in found.summary
    assert "ports.local" in found.remedy


def test_a_port_for_all_addresses_is_taken_by_one_on_loopback(listener):
    assert "in use" in ports.obstacle(f":{listener}", "ports.http").summary


def test_a_port_that_only_root_may_open_is_explained(monkeypatch):
    class Refusing(socket.socket):
        def bind(self, _address):
            raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "socket", Refusing)
    found = ports.obstacle(":80", "ports.http")
    assert found.summary == "Port 80 is reserved for root on this machine."
    assert "ip_unprivileged_port_start=80" in found.remedy
