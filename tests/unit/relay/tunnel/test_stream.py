"""A work stream between a lane and a receiver."""

import pytest

from appliance.relay.tunnel.lane import DEAF, Endpoint
from appliance.relay.tunnel.stream import Fate, Stream
from appliance.relay.wire.payload import PayloadWriter

KEY = bytes(16)


class Lane:
    multiplexed = True
    endpoint: Endpoint

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.queued = 0
        self.returned = 0
        self.aborts = 0

    def send(self, data: bytes) -> int:
        self.sent.append(data)
        return self.queued

    def widen(self) -> None: ...

    def consumed(self, amount: int) -> None:
        self.returned += amount

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abort(self) -> None:
        self.aborts += 1

    def hang_up(self) -> None: ...


class Recorder:
    def __init__(self) -> None:
        self.said: list[str | bytes] = []

    def stream_data(self, data: bytes) -> None:
        self.said.append(data)

    def stream_drained(self) -> None:
        self.said.append("drained")

    def stream_ended(self) -> None:
        self.said.append("ended")


class Pair:
    def __init__(self, receiver: Recorder | None = None, key: bytes | None = KEY) -> None:
        self.lane = Lane()
        self.fates: list[Fate] = []
        self.stream = Stream(
            self.lane, key=key, compression=True, watch=lambda _, fate: self.fates.append(fate)
        )
        self.receiver = receiver or Recorder()
        self.stream.receiver = self.receiver
        self.app = PayloadWriter(key=key, compression=True)

    def arrive(self, *pieces: bytes) -> None:
        self.stream.received(b"".join(map(self.app.encode, pieces)))


def test_bytes_are_handed_on_and_then_granted_again() -> None:
    pair = Pair()
    wire = pair.app.encode(b"hello")
    pair.stream.received(wire)
    assert pair.receiver.said == [b"hello"]
    assert pair.lane.returned == len(wire)
    assert pair.fates == [Fate.ANSWERED]


def test_a_paused_stream_keeps_what_comes_and_grants_nothing() -> None:
    pair = Pair()
    pair.stream.pause()
    pair.arrive(b"a", b"b")
    assert (pair.receiver.said, pair.lane.returned) == ([], 0)
    pair.stream.resume()
    assert pair.receiver.said == [b"a", b"b"]
    assert pair.lane.returned > 0


def test_a_pause_takes_effect_between_two_pieces() -> None:
    class Hesitant(Recorder):
        def stream_data(self, data: bytes) -> None:
            super().stream_data(data)
            pair.stream.pause()

    pair = Pair(Hesitant())
    pair.arrive(b"a", b"b", b"c")
    assert pair.receiver.said == [b"a"]
    pair.stream.resume()
    assert pair.receiver.said == [b"a", b"b"]


def test_the_end_comes_after_the_last_byte() -> None:
    pair = Pair()
    pair.stream.pause()
    pair.arrive(b"last")
    pair.stream.lost()
    assert pair.stream.ended
    assert pair.receiver.said == []
    pair.stream.resume()
    pair.stream.resume()
    assert pair.receiver.said == [b"last", "ended"]
    assert pair.lane.aborts == 0


def test_who_closes_hears_no_more() -> None:
    pair = Pair()
    pair.arrive(b"a")
    pair.stream.close()
    pair.stream.close()
    pair.arrive(b"b")
    pair.stream.lost()
    assert pair.receiver.said == [b"a"]
    assert pair.lane.aborts == 1
    assert pair.lane.endpoint is DEAF
    assert pair.fates == [Fate.ANSWERED, Fate.ENDED]


def test_closing_within_a_call_stops_the_rest() -> None:
    class Done(Recorder):
        def stream_data(self, data: bytes) -> None:
            super().stream_data(data)
            pair.stream.close()

    pair = Pair(Done())
    pair.arrive(b"a", b"b")
    assert pair.receiver.said == [b"a"]


def test_closing_a_paused_stream_whose_client_is_gone() -> None:
    pair = Pair()
    pair.stream.pause()
    pair.arrive(b"a")
    pair.stream.lost()
    pair.stream.close()
    pair.stream.resume()
    assert pair.receiver.said == []


@pytest.mark.parametrize(
    ("end", "fate"), [("lost", Fate.DIED), ("close", Fate.LEFT), ("cut", Fate.LEFT)]
)
def test_what_became_of_a_fresh_stream(end: str, fate: Fate) -> None:
    pair = Pair()
    assert pair.stream.fresh
    getattr(pair.stream, end)()
    assert pair.fates == [fate]


def test_a_cut_stream_tells_its_receiver_and_its_client() -> None:
    pair = Pair()
    pair.stream.cut()
    assert pair.receiver.said == ["ended"]
    assert pair.lane.aborts == 1


def test_an_idle_stream_ends_when_the_app_speaks() -> None:
    pair = Pair()
    pair.stream.receiver = None
    pair.arrive(b"unasked")
    assert pair.stream.ended
    assert pair.lane.aborts == 1


def test_broken_bytes_end_the_stream_after_what_was_whole() -> None:
    pair = Pair(key=None)
    reserved = b"\x02\x00\x00\x00"
    pair.stream.received(pair.app.encode(b"good") + reserved)
    assert pair.receiver.said == [b"good", "ended"]
    assert pair.lane.aborts == 1


def test_an_ended_stream_takes_nothing() -> None:
    pair = Pair()
    pair.stream.lost()
    pair.stream.write(b"late")
    assert pair.lane.sent == []
    assert pair.stream.queued == 0


def test_what_the_client_does_not_take_is_queued_until_it_has() -> None:
    pair = Pair()
    pair.lane.queued = 5
    pair.stream.write(b"much")
    assert pair.stream.queued == 5
    pair.stream.drained()
    assert pair.stream.queued == 0
    assert pair.receiver.said == ["drained"]
