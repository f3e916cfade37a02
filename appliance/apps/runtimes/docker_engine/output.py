"""What a container writes, as lines. The SDK's stream blocks, so a thread waits for it."""

import asyncio
import codecs
from collections.abc import AsyncIterator, Iterator

from docker.models.containers import Container

from appliance.apps.runtimes.lines import Lines


async def lines(container: Container, *, tail: int, follow: bool) -> AsyncIterator[str]:
    """Oldest first; with `follow` until the container ends."""
    stream = await asyncio.to_thread(
        container.logs, stdout=True, stderr=True, stream=True, follow=follow, tail=tail
    )
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    found = Lines()
    try:
        while (chunk := await asyncio.to_thread(_next, stream)) is not None:
            for line in found.take(decoder.decode(chunk)):
                yield line.rstrip("\r")
    finally:
        # Ends the thread that may still wait for the next chunk.
        stream.close()
    for line in found.end():
        if line:
            yield line


def _next(stream: Iterator[bytes]) -> bytes | None:
    return next(stream, None)
