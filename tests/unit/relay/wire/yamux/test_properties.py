"""What holds for every conversation, not only for the ones somebody thought of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.relay.wire.yamux import (
    Budget,
    Closed,
    Data,
    Drained,
    Event,
    Limits,
    Opened,
    Role,
    Session,
    frame,
)
from tests.unit.relay.splits import cuts, pieces

LIMITS = Limits(streams=4, opens_burst=6, pings_burst=3, max_window=1024 * 1024)

streams = st.integers(min_value=0, max_value=7)
flags = st.sampled_from([0, 0, 0, frame.SYN, frame.ACK, frame.FIN, frame.RST, 5, 15])
lengths = st.sampled_from([0, 1, 5, 300, 262144, 262145, 0xFFFFFFFF])
frames = st.one_of(
    st.builds(
        lambda stream, data, flag: frame.data(stream, len(data), flag) + data,
        streams,
        st.binary(max_size=40),
        flags,
    ),
    st.builds(frame.window_update, streams, lengths, flags),
    st.builds(frame.data, streams, lengths, flags),
    st.builds(frame.ping, lengths),
    st.builds(frame.pong, lengths),
    st.builds(frame.go_away, st.integers(min_value=0, max_value=3)),
    st.binary(max_size=14),
)


def joined(events: list[Event]) -> list[Event]:
    """Events with neighbouring payload of a stream put together."""
    out: list[Event] = []
    for event in events:
        last = out[-1] if out else None
        if isinstance(event, Data) and isinstance(last, Data) and last.stream == event.stream:
            out[-1] = Data(event.stream, memoryview(bytes(last.data) + bytes(event.data)))
        else:
            out.append(event)
    return out


@given(st.lists(frames, max_size=30).map(b"".join), cuts)
def test_any_split_gives_the_same_events_and_answers(stream: bytes, read: list[int]) -> None:
    whole, split = (Session(Role.SERVER, 0.0, limits=LIMITS) for _ in range(2))
    expected = joined(whole.receive_data(stream, 0.0))
    events: list[Event] = []
    for piece in pieces(stream, read):
        events += split.receive_data(piece, 0.0)
    assert joined(events) == expected
    assert split.data_to_send() == whole.data_to_send()
    assert split.streams == whole.streams <= LIMITS.streams


@given(st.lists(frames, max_size=30).map(b"".join))
def test_an_answer_is_at_most_twice_as_long_as_the_question(stream: bytes) -> None:
    session = Session(Role.SERVER, 0.0, limits=LIMITS)
    session.receive_data(stream, 0.0)
    assert len(session.data_to_send()) <= 2 * len(stream)


class Conversation(RuleBasedStateMachine):
    """A client and a server that obey the protocol, with a network that delays as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.budget = Budget(1024 * 1024)
        self.ends = {
            "client": Session(Role.CLIENT, 0.0, limits=LIMITS, budget=self.budget),
            "server": Session(Role.SERVER, 0.0, budget=self.budget),
        }
        self.network = {"client": b"", "server": b""}
        self.sent: dict[tuple[str, int], bytes] = {}
        self.got: dict[tuple[str, int], bytes] = {}
        self.unread: dict[tuple[str, int], int] = {}
        self.known: dict[str, set[int]] = {"client": set(), "server": set()}
        self.waiting: set[tuple[str, int]] = set()

    @precondition(lambda self: len(self.known["client"]) < 4)
    @rule()
    def open(self) -> None:
        self.known["client"].add(self.ends["client"].open())

    @rule(side=st.sampled_from(["client", "server"]), data=st.data(), size=st.integers(0, 400_000))
    def send(self, side: str, data: st.DataObject, size: int) -> None:
        free = sorted(s for s in self.known[side] if (side, s) not in self.waiting)
        if free:
            stream = data.draw(st.sampled_from(free))
            sent = self.sent.get((side, stream), b"")
            pattern = bytes((len(sent) + n) % 251 for n in range(min(size, 300)))
            content = (pattern * (size // 300 + 1))[:size]
            self.sent[side, stream] = sent + content
            if self.ends[side].send(stream, content):
                self.waiting.add((side, stream))

    @rule(data=st.data())
    def widen(self, data: st.DataObject) -> None:
        if self.known["server"]:
            self.ends["server"].widen(data.draw(st.sampled_from(sorted(self.known["server"]))))

    @rule(side=st.sampled_from(["client", "server"]), data=st.data())
    def consume(self, side: str, data: st.DataObject) -> None:
        unread = sorted(s for s in self.known[side] if self.unread.get((side, s)))
        if unread:
            stream = data.draw(st.sampled_from(unread))
            amount = data.draw(st.integers(1, self.unread[side, stream]))
            self.ends[side].consumed(stream, amount)
            self.unread[side, stream] -= amount

    @rule(side=st.sampled_from(["client", "server"]), data=st.data(), flush=st.booleans())
    def close(self, side: str, data: st.DataObject, *, flush: bool) -> None:
        if self.known[side]:
            stream = data.draw(st.sampled_from(sorted(self.known[side])))
            self.known[side].discard(stream)
            if flush:
                self.ends[side].close(stream)
            else:
                self.ends[side].abort(stream)

    @rule(side=st.sampled_from(["client", "server"]))
    def hold(self, side: str) -> None:
        self.ends[side].hold()

    @rule(side=st.sampled_from(["client", "server"]), amount=st.integers(1, 600_000))
    def release(self, side: str, amount: int) -> None:
        for event in self.ends[side].release(amount):
            self.happened(side, event)

    @rule(side=st.sampled_from(["client", "server"]), share=st.floats(0, 1))
    def deliver(self, side: str, share: float) -> None:
        other = "server" if side == "client" else "client"
        self.network[side] += self.ends[side].data_to_send()
        part = int(len(self.network[side]) * share) + 1
        arrived, self.network[side] = self.network[side][:part], self.network[side][part:]
        self.now += 0.01
        for event in self.ends[other].receive_data(arrived, self.now):
            self.happened(other, event)

    def happened(self, side: str, event: Event) -> None:
        if isinstance(event, Opened):
            self.known[side].add(event.stream)
        elif isinstance(event, Data):
            key = (side, event.stream)
            self.got[key] = self.got.get(key, b"") + bytes(event.data)
            self.unread[key] = self.unread.get(key, 0) + len(event.data)
        elif isinstance(event, Drained):
            self.waiting.discard((side, event.stream))
        elif isinstance(event, Closed):
            self.known[side].discard(event.stream)
        else:
            pytest.fail(f"{side}: {event}")

    @rule()
    def time_passes(self) -> None:
        for side in ("client", "server", "client"):
            self.deliver(side, 1.0)
        self.now += 1.0
        for session in self.ends.values():
            assert session.tick(self.now) == []

    @invariant()
    def nobody_breaks_the_protocol(self) -> None:
        assert not any(session.ended for session in self.ends.values())

    @invariant()
    def bytes_arrive_in_order_and_unchanged(self) -> None:
        for (side, stream), got in self.got.items():
            other = "server" if side == "client" else "client"
            assert self.sent[other, stream].startswith(got)

    def teardown(self) -> None:
        """Once everything was delivered and closed, nothing is left on either side."""
        for _ in range(2):
            for side in self.ends:
                self.deliver(side, 1.0)
        for side in self.ends:
            for stream in list(self.known[side]):
                self.ends[side].abort(stream)
        for stream in (1, 3, 5, 7):
            for side in self.ends:
                self.ends[side].abort(stream)
        assert all(session.streams == 0 for session in self.ends.values())
        assert self.budget.left == self.budget.total


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
