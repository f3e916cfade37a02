"""What may be sent, and what waits: a server session against bytes written by hand."""

from appliance.relay.wire.yamux import (
    Budget,
    Drained,
    Ended,
    frame,
)
from tests.unit.relay.wire.yamux.sessions import (
    WINDOW,
    failure,
    fin,
    opened,
    payload,
    server,
    syn,
    text,
)


class TestFlowControl:
    def test_the_whole_window_is_taken_and_one_byte_more_is_fatal(self) -> None:
        session = opened(1)
        events = session.receive_data(payload(1, bytes(WINDOW)), 0.0)
        assert len(text(events)) == WINDOW
        assert "1 bytes, 0 allowed" in failure(session, payload(1, b"a"))

    def test_a_frame_beyond_the_window_is_refused_by_its_header(self) -> None:
        assert "262145 bytes, 262144 allowed" in failure(opened(1), frame.data(1, WINDOW + 1))

    def test_credit_is_given_back_when_bytes_were_consumed(self) -> None:
        session = opened(1)
        session.receive_data(payload(1, bytes(WINDOW)), 0.0)
        session.consumed(1, 1000)
        assert session.data_to_send() == b""
        session.consumed(1, WINDOW // 2)
        assert session.data_to_send() == frame.window_update(1, WINDOW // 2 + 1000)

    def test_a_stalled_stream_does_not_hold_up_another(self) -> None:
        session = opened(1, 3)
        session.receive_data(payload(1, bytes(WINDOW)), 0.0)
        assert session.send(1, bytes(WINDOW + 1)) == 1
        session.data_to_send()
        assert text(session.receive_data(payload(3, b"hi"), 0.0)) == b"hi"
        assert session.send(3, b"there") == 0
        assert session.data_to_send() == payload(3, b"there")

    def test_what_exceeds_the_peers_window_waits_and_follows_in_order(self) -> None:
        session = opened(1)
        assert session.send(1, bytes(WINDOW - 1)) == 0
        assert session.send(1, b"abc") == 2
        assert session.send(1, b"def") == 5
        assert session.data_to_send()[-1:] == b"a"
        assert session.receive_data(frame.window_update(1, 3), 0.0) == []
        assert session.data_to_send() == payload(1, b"bc") + payload(1, b"d")
        assert session.receive_data(frame.window_update(1, 3), 0.0) == [Drained(1)]
        assert session.data_to_send() == payload(1, b"ef")
        assert session.send(1, b"g") == 0

    def test_a_held_session_queues_and_releases_little_by_little(self) -> None:
        session = server()
        for stream in (1, 3, 5):
            session.receive_data(frame.window_update(stream, 0, frame.SYN), 0.0)
        session.hold()
        assert [session.send(stream, bytes(1000)) for stream in (1, 3, 5)] == [1000] * 3
        session.abort(3)
        session.data_to_send()
        assert session.release(1) == [Drained(1)]
        assert session.held
        assert session.data_to_send() == frame.data(1, 1000) + bytes(1000)
        assert session.send(1, b"later") == 5
        assert session.release(10_000) == [Drained(5), Drained(1)]
        assert not session.held
        assert session.send(1, b"at once") == 0

    def test_a_held_session_still_grants_and_answers(self) -> None:
        session = server()
        session.hold()
        session.receive_data(frame.window_update(1, 0, frame.SYN) + frame.ping(7), 0.0)
        assert session.data_to_send() == frame.window_update(1, 0, frame.ACK) + frame.pong(7)

    def test_credit_that_comes_during_a_hold_is_used_after_it(self) -> None:
        session = server()
        session.receive_data(frame.window_update(1, 0, frame.SYN), 0.0)
        assert session.send(1, bytes(frame.INITIAL_WINDOW + 10)) == 10
        session.data_to_send()
        session.hold()
        assert session.release(1000) == []
        session.hold()
        assert session.receive_data(frame.window_update(1, 10), 0.0) == []
        assert session.data_to_send() == b""
        assert session.release(1000) == [Drained(1)]

    def test_an_update_without_anything_waiting_says_nothing(self) -> None:
        assert opened(1).receive_data(frame.window_update(1, 1000), 0.0) == []

    def test_empty_frames_are_legal_and_say_nothing(self) -> None:
        session = opened(1)
        assert session.receive_data(payload(1, b"") + frame.window_update(1, 0), 0.0) == []
        assert session.send(1, b"") == 0
        assert session.data_to_send() == b""

    def test_the_budget_gets_everything_back_when_streams_and_sessions_end(self) -> None:
        budget = Budget(64 * WINDOW)
        session = server(budget=budget)
        session.receive_data(syn(1) + syn(3) + syn(5), 0.0)
        for stream in (1, 3, 5):
            session.receive_data(payload(stream, bytes(WINDOW)), 0.0)
            session.consumed(stream, WINDOW)
        assert budget.left == 19 * WINDOW
        session.abort(1)
        assert budget.left == 34 * WINDOW
        session.receive_data(fin(3), 0.0)
        assert budget.left == 49 * WINDOW
        session.end()
        assert budget.left == budget.total

    def test_a_stream_that_is_about_to_be_used_may_send_ahead_as_the_last_one_did(self) -> None:
        session = opened(1, 3)
        session.widen(1)
        session.receive_data(payload(1, bytes(WINDOW)), 0.0)
        session.consumed(1, WINDOW)
        session.abort(1)
        session.data_to_send()
        session.widen(3)
        assert session.data_to_send() == frame.window_update(3, 15 * WINDOW)
        assert not any(
            isinstance(event, Ended)
            for event in session.receive_data(payload(3, bytes(4 * WINDOW)), 0.0)
        )
        session.widen(99)
        assert session.data_to_send() == b""
