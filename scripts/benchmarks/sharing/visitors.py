"""Visitors who ask again as soon as they are answered, where wrk is not to be had.

`visitors.py URL HOST VISITORS SECONDS` prints what wrk.lua makes wrk print.
"""

import asyncio
import json
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop


class Visitor(asyncio.Protocol):
    """Knows the length of an answer from the first one: all are the same."""

    def __init__(self, question: bytes, seconds: list[float], until: float) -> None:
        self.question, self.seconds, self.until = question, seconds, until
        self.answer = 0
        self.got = b""
        self.missing = 0
        self.over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        if not self.answer:
            self.got += data
            head, end, _ = self.got.partition(b"\r\n\r\n")
            if not end or not head.startswith(b"HTTP/1.1 200"):
                return
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            self.answer = len(head) + len(end) + int(length)
            self.missing, data = self.answer, self.got
        self.missing -= len(data)
        if self.missing <= 0:
            now = time.perf_counter()
            self.seconds.append(now - self.asked)
            if now < self.until:
                self._ask()
            else:
                self.over.set_result(True)
                self.transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(False)

    def _ask(self) -> None:
        self.missing = self.answer
        self.asked = time.perf_counter()
        self.transport.write(self.question)


async def main(url: str, host: str, visitors: int, seconds: float) -> None:
    parts = urlsplit(url)
    question = f"GET {parts.path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    took: list[float] = []
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(
            lambda: Visitor(question, took, began + seconds), parts.hostname, parts.port
        )
        for _ in range(visitors)
    ]
    well = await asyncio.gather(*(visitor.over for _, visitor in made))
    took.sort()
    found = {
        "requests": len(took),
        "seconds": time.perf_counter() - began,
        "p50": 1000 * took[len(took) // 2],
        "p99": 1000 * took[len(took) * 99 // 100],
        "errors": well.count(False),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
