"""What visitors do, and the figures of it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
NOISE = os.urandom(1 << 20)
GENERATOR = "wrk" if shutil.which("wrk") else "scripts/benchmarks/sharing/visitors.py"


class Place(NamedTuple):
    """Where one share is visited."""

    port: int
    host: str


class Requests(NamedTuple):
    requests: int
    rate: float
    """Per second."""
    p50: float
    """Milliseconds."""
    p99: float
    errors: int


def small_requests(place: Place, visitors: int, seconds: float) -> Requests:
    """Visitors with keep-alive, each asking again once answered; from a process of its own."""
    url = f"http://127.0.0.1:{place.port}/"
    if GENERATOR == "wrk":
        command = ["wrk", "-t1", f"-c{visitors}", f"-d{seconds:.0f}s", "--timeout", "30s"]
        command += ["-H", f"Host: {place.host}", "-s", str(HERE / "wrk.lua"), url]
    else:
        command = [sys.executable, str(HERE / "visitors.py"), url, place.host]
        command += [str(visitors), str(seconds)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    found = json.loads(told.splitlines()[-1])
    rate = found["requests"] / found["seconds"]
    return Requests(found["requests"], rate, found["p50"], found["p99"], found["errors"])


def download(place: Place, mebibytes: int) -> float:
    """Megabytes a second of one visitor."""
    buffer = memoryview(bytearray(1 << 20))
    with _asked(place, f"GET /noise/{mebibytes} HTTP/1.1") as visitor:
        began = time.perf_counter()
        missing = mebibytes << 20
        while missing > 0:  # the head is too short to matter
            got = visitor.recv_into(buffer)
            assert got, "the download was cut off"
            missing -= got
        return (mebibytes << 20) / (time.perf_counter() - began) / 1e6


def upload(place: Place, mebibytes: int) -> float:
    """Megabytes a second of one visitor, until the app has all and answers."""
    length = mebibytes << 20
    with _asked(place, f"POST /sink HTTP/1.1\r\nContent-Length: {length}") as visitor:
        began = time.perf_counter()
        for _ in range(mebibytes):
            visitor.sendall(NOISE)
        assert visitor.recv(4096).startswith(b"HTTP/1.1 200"), "the upload failed"
        return length / (time.perf_counter() - began) / 1e6


def answers(place: Place) -> bool:
    """Whether a visitor reaches the app now."""
    try:
        with _asked(place, "GET / HTTP/1.1") as visitor:
            return visitor.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def _asked(place: Place, line: str) -> socket.socket:
    visitor = socket.create_connection(("127.0.0.1", place.port), timeout=120)
    visitor.sendall(f"{line}\r\nHost: {place.host}\r\n\r\n".encode())
    return visitor
