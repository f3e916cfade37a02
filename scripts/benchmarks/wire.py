"""Megabytes a second of the relay's wire code alone: one core, no socket, no HTTP.

scripts/bench wire [--seconds 1]

Only the relay's side is on the clock, which counts processor time, so that busy neighbours hardly
matter. The client and the app share the machine with the relay, so
the numbers tell what the relay takes from them, not what a visitor sees.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from appliance.relay.wire.cipher import Decryptor, Encryptor, derive_key
from appliance.relay.wire.payload import PayloadReader, PayloadWriter
from appliance.relay.wire.snappy import SnappyDecoder, SnappyEncoder
from appliance.relay.wire.yamux import Data, Role, Session

PIECE = 32 * 1024
PIECES = 16
SOCKET_READ = 64 * 1024
KEY = derive_key("")
NOISE = os.urandom(PIECE)
TEXT = b"".join(b'{"msg": "progress", "step": %d, "of": 2000}\n' % n for n in range(2000))[:PIECE]


class Benchmark(NamedTuple):
    """`prepare` makes the input off the clock, `run` gives the application's bytes it handled."""

    name: str
    prepare: Callable[[], bytes]
    run: Callable[[bytes], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="measured time of each line")
    seconds = parser.parse_args().seconds
    print(f"{'':42}{'MB/s':>8}{'us per 32 KiB':>16}")
    for benchmark in benchmarks():
        rate = measure(benchmark, seconds)
        print(f"{benchmark.name:42}{rate / 1e6:8.0f}{PIECE / rate * 1e6:16.1f}")


def measure(benchmark: Benchmark, seconds: float) -> float:
    """Bytes per second of processor time, the first run left out."""
    benchmark.run(benchmark.prepare())
    done, elapsed = 0, 0.0
    while elapsed < seconds:
        given = benchmark.prepare()
        start = time.process_time()
        done += benchmark.run(given)
        elapsed += time.process_time() - start
    return done / elapsed


def benchmarks() -> Iterator[Benchmark]:
    yield cipher_in()
    yield cipher_out()
    for content, data in (("random", NOISE), ("text", TEXT)):
        yield snappy_in(content, data)
        yield snappy_out(content, data)
    yield download("yamux in", NOISE, key=None, compression=False)
    yield upload("yamux out", NOISE, key=None, compression=False)
    for content, data in (("random", NOISE), ("text", TEXT)):
        yield download(f"full stack in, {content}", data, key=KEY, compression=True)
        yield upload(f"full stack out, {content}", data, key=KEY, compression=True)
    yield download("full stack in, events of 200 bytes", NOISE[:200], key=KEY, compression=True)


def cipher_in() -> Benchmark:
    decryptor = Decryptor(KEY)
    decryptor.decrypt(bytes(16))
    return Benchmark("cipher in", lambda: NOISE, lambda data: len(decryptor.decrypt(data)))


def cipher_out() -> Benchmark:
    encryptor = Encryptor(KEY)
    return Benchmark("cipher out", lambda: NOISE, lambda data: len(encryptor.encrypt(data)))


def snappy_in(content: str, data: bytes) -> Benchmark:
    encoder, decoder = SnappyEncoder(), SnappyDecoder()

    def run(chunk: bytes) -> int:
        decoder.receive_data(chunk)
        return len(decoder.next_piece() or b"")

    return Benchmark(f"snappy in, {content}", lambda: encoder.encode(data), run)


def snappy_out(content: str, data: bytes) -> Benchmark:
    encoder = SnappyEncoder()

    def run(data: bytes) -> int:
        encoder.encode(data)
        return len(data)

    return Benchmark(f"snappy out, {content}", lambda: data, run)


class Connection:
    """A client and a server session, and the one stream between them."""

    def __init__(self) -> None:
        self.client = Session(Role.CLIENT, 0.0)
        self.server = Session(Role.SERVER, 0.0)
        self.stream = self.client.open()
        self.server.receive_data(self.client.data_to_send(), 0.0)
        self.client.receive_data(self.server.data_to_send(), 0.0)


def download(name: str, data: bytes, *, key: bytes | None, compression: bool) -> Benchmark:
    """From client to relay: noise as a header frame and a body frame, as frpc sends it."""
    connection = Connection()
    client, server, stream = connection.client, connection.server, connection.stream
    writer = PayloadWriter(key=key, compression=compression)
    reader = PayloadReader(key=key, compression=compression)

    def prepare() -> bytes:
        client.receive_data(server.data_to_send(), 0.0)
        for _ in range(PIECES):
            frame = memoryview(writer.encode(data))
            client.send(stream, frame[:8])
            client.send(stream, frame[8:])
        return client.data_to_send()

    def run(frames: bytes) -> int:
        done, view = 0, memoryview(frames)
        for start in range(0, len(view), SOCKET_READ):
            for event in server.receive_data(view[start : start + SOCKET_READ], time.monotonic()):
                if isinstance(event, Data):
                    reader.receive_data(event.data)
                    while piece := reader.next_piece():
                        done += len(piece)
                    server.consumed(event.stream, reader.take_consumed())
        return done

    return Benchmark(name, prepare, run)


def upload(name: str, data: bytes, *, key: bytes | None, compression: bool) -> Benchmark:
    """From relay to client; the client takes everything at once."""
    connection = Connection()
    client, server, stream = connection.client, connection.server, connection.stream
    writer = PayloadWriter(key=key, compression=compression)
    sent = [b""]

    def prepare() -> bytes:
        for event in client.receive_data(sent[0], 0.0):
            if isinstance(event, Data):
                client.consumed(stream, len(event.data))
        server.receive_data(client.data_to_send(), 0.0)
        return data

    def run(data: bytes) -> int:
        server.send(stream, writer.encode(data))
        sent[0] = server.data_to_send()
        return len(data)

    return Benchmark(name, prepare, run)


if __name__ == "__main__":
    main()
