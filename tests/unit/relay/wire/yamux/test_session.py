"""A server session against bytes written by hand."""

import pytest

from appliance.relay.wire.errors import SessionError
from appliance.relay.wire.yamux import (
    Closed,
    Code,
    Data,
    Ended,
    GoingAway,
    Limits,
    Opened,
    Reset,
    Role,
    Session,
    frame,
)
from tests.unit.relay import vectors
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


class TestFrames:
    def test_known_bytes(self) -> None:
        assert syn(1) == vectors.SYN_DEFAULT_WINDOW
        assert syn(1, 0x5C0000) == vectors.SYN_SIX_MEBIBYTES
        assert frame.window_update(1, 0, frame.ACK) == vectors.ACK
        assert frame.data(1, 146) == vectors.DATA_HEADER_146
        assert fin(3) == vectors.FIN_3
        assert frame.window_update(3, 0, frame.RST) == vectors.RST_3
        assert frame.ping(0) == vectors.PING_0
        assert frame.pong(0) == vectors.PONG_0
        assert frame.go_away(0) == vectors.GO_AWAY_NORMAL

    def test_a_login_of_gradios_client_arrives_whole(self) -> None:
        session = server()
        stream = vectors.SYN_DEFAULT_WINDOW + vectors.DATA_HEADER_146 + vectors.LOGIN
        events = session.receive_data(stream, 0.0)
        assert events == [Opened(1), Data(1, memoryview(vectors.LOGIN))]
        assert session.data_to_send() == vectors.ACK

    def test_payload_is_handed_on_before_the_frame_is_complete(self) -> None:
        session = opened(1)
        assert text(session.receive_data(frame.data(1, 10) + b"abc", 0.0)) == b"abc"
        assert text(session.receive_data(b"defg", 0.0)) == b"defg"
        assert text(session.receive_data(b"hij" + payload(1, b"k"), 0.0)) == b"hijk"

    def test_payload_is_not_copied(self) -> None:
        read = payload(1, b"abc")
        (event,) = opened(1).receive_data(read, 0.0)
        assert isinstance(event, Data)
        assert event.data.obj is read

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"\x01" + bytes(11), "version 1"),
            (bytes([0, 4]) + bytes(10), "type 4"),
            (syn(2), "stream 2 opened by the wrong side"),
            (syn(0), "stream 0 opened by the wrong side"),
            (syn(1) + syn(1), "stream 1 opened twice"),
            (syn(1, 0xFFFFFFFF), "stream 1: window of"),
        ],
    )
    def test_what_the_protocol_does_not_allow_ends_the_session(
        self, data: bytes, reason: str
    ) -> None:
        assert reason in failure(server(), data)


class TestOpening:
    def test_a_stream_is_acknowledged_at_once_and_only_once(self) -> None:
        session = server()
        assert session.receive_data(syn(1), 0.0) == [Opened(1)]
        assert session.data_to_send() == vectors.ACK
        session.send(1, b"a")
        session.receive_data(payload(1, b"b"), 0.0)
        assert session.data_to_send() == payload(1, b"a")

    def test_a_stream_may_be_opened_by_a_data_frame(self) -> None:
        session = server()
        events = session.receive_data(payload(5, b"hi", frame.SYN), 0.0)
        assert events == [Opened(5), Data(5, memoryview(b"hi"))]

    def test_an_opener_may_grant_more_than_the_usual_window(self) -> None:
        session = server()
        session.receive_data(vectors.SYN_SIX_MEBIBYTES, 0.0)
        assert session.send(1, bytes(6 * 1024 * 1024)) == 0
        assert session.send(1, b"a") == 1

    def test_two_thousand_streams_in_one_burst_are_welcome(self) -> None:
        session = server()
        events = session.receive_data(b"".join(map(syn, range(1, 4001, 2))), 0.0)
        assert len(events) == session.streams == 2000

    def test_streams_beyond_the_limit_are_reset_and_the_others_go_on(self) -> None:
        session = server(limits=Limits(streams=2))
        events = session.receive_data(syn(1) + syn(3) + syn(5) + payload(5, b"lost"), 0.0)
        assert events == [Opened(1), Opened(3)]
        assert session.data_to_send().endswith(frame.window_update(5, 0, frame.RST))
        assert text(session.receive_data(payload(3, b"kept"), 0.0)) == b"kept"

    def test_opening_and_closing_without_end_ends_the_session(self) -> None:
        session = server(limits=Limits(opens_burst=10, opens_per_second=1))
        churn = b"".join(syn(stream) + fin(stream) for stream in range(1, 200, 2))
        assert "too many streams" in failure(session, churn)

    def test_opens_are_allowed_again_as_time_passes(self) -> None:
        session = server(limits=Limits(opens_burst=10, opens_per_second=1))
        for second in range(100):
            stream = 2 * second + 1
            session.receive_data(syn(stream) + fin(stream), float(second))
        assert not session.ended


class TestClosing:
    def test_a_fin_is_answered_with_one_fin(self) -> None:
        session = opened(3)
        assert session.receive_data(fin(3), 0.0) == [Closed(3)]
        session.close(3)
        session.abort(3)
        assert session.receive_data(fin(3), 0.0) == []
        assert session.data_to_send() == vectors.FIN_3

    def test_a_fin_on_a_data_frame_comes_after_its_payload(self) -> None:
        session = opened(1)
        frames = payload(1, b"last", frame.FIN)
        assert text(session.receive_data(frames[:-1], 0.0)) == b"las"
        assert session.receive_data(frames[-1:], 0.0) == [Data(1, memoryview(b"t")), Closed(1)]

    def test_close_lets_the_queue_leave_first(self) -> None:
        session = opened(1)
        session.send(1, bytes(WINDOW) + b"ab")
        session.close(1)
        assert session.send(1, b"ignored") == 0
        session.data_to_send()
        assert session.receive_data(payload(1, b"ignored"), 0.0) == []
        assert session.receive_data(frame.window_update(1, 1), 0.0) == []
        assert session.data_to_send() == payload(1, b"a")
        assert session.receive_data(frame.window_update(1, 1), 0.0) == []
        assert session.data_to_send() == payload(1, b"b") + fin(1)
        assert session.streams == 0

    def test_abort_drops_the_queue(self) -> None:
        session = opened(1)
        session.send(1, bytes(WINDOW) + b"ab")
        session.data_to_send()
        session.abort(1)
        assert session.data_to_send() == fin(1)
        assert session.streams == 0

    def test_a_peer_that_closes_first_stops_a_queue_that_waits_to_close(self) -> None:
        session = opened(1)
        session.send(1, bytes(WINDOW) + b"ab")
        session.close(1)
        session.data_to_send()
        assert session.receive_data(fin(1), 0.0) == []
        assert session.data_to_send() == fin(1)

    def test_a_reset_stream_is_forgotten_without_an_answer(self) -> None:
        session = opened(3)
        assert session.receive_data(vectors.RST_3, 0.0) == [Reset(3)]
        assert session.data_to_send() == b""
        assert session.streams == 0

    def test_frames_for_unknown_streams_are_skipped(self) -> None:
        session = opened(1)
        session.abort(1)
        session.data_to_send()
        late = payload(1, bytes(500000)) + frame.window_update(1, 7) + fin(1) + vectors.RST_3
        assert session.receive_data(late + syn(3), 0.0) == [Opened(3)]
        assert session.data_to_send() == frame.window_update(3, 0, frame.ACK)

    def test_calls_about_a_forgotten_stream_do_nothing(self) -> None:
        session = opened(1)
        session.receive_data(payload(1, b"a") + fin(1), 0.0)
        session.data_to_send()
        session.consumed(1, 1)
        assert session.send(1, b"late") == 0
        session.close(1)
        assert session.data_to_send() == b""


class TestGoingAway:
    def test_a_normal_go_away_leaves_the_streams_alone(self) -> None:
        session = opened(1)
        events = session.receive_data(vectors.GO_AWAY_NORMAL + payload(1, b"hi"), 0.0)
        assert events == [GoingAway(), Data(1, memoryview(b"hi"))]

    def test_any_other_code_ends_the_session(self) -> None:
        session = opened(1)
        (event,) = session.receive_data(frame.go_away(2) + payload(1, b"hi"), 0.0)
        assert isinstance(event, Ended)
        assert event.code == Code.INTERNAL_ERROR
        assert session.ended
        assert session.data_to_send() == b""

    def test_our_own_end_is_said_once(self) -> None:
        session = opened(1)
        session.end()
        session.end()
        assert session.data_to_send() == vectors.GO_AWAY_NORMAL
        assert session.receive_data(payload(1, b"hi"), 0.0) == []
        assert session.tick(1e9) == []


class TestPings:
    def test_pings_are_answered(self) -> None:
        session = server()
        session.receive_data(vectors.PING_0 + frame.ping(77), 0.0)
        assert session.data_to_send() == vectors.PONG_0 + frame.pong(77)

    def test_a_flood_of_pings_ends_the_session(self) -> None:
        assert "too many pings" in failure(server(), vectors.PING_0 * 101)

    def test_a_peer_that_pings_now_and_then_is_answered_for_ever(self) -> None:
        session = server()
        for second in range(1000):
            session.receive_data(vectors.PING_0, second * 0.5)
        assert not session.ended

    def test_the_first_ping_goes_out_at_once_and_measures_the_round_trip(self) -> None:
        session = server()
        assert session.next_timeout() == 0.0
        assert session.tick(0.0) == []
        assert session.data_to_send() == vectors.PING_0
        session.receive_data(vectors.PONG_0, 0.25)
        assert session.keepalive.round_trip == 0.25
        assert session.next_timeout() == 30.0

    def test_a_ping_may_be_hurried_but_is_not_repeated(self) -> None:
        session = server()
        session.tick(0.0)
        session.data_to_send()
        session.receive_data(vectors.PONG_0, 0.1)
        session.keepalive.hurry(5.0)
        assert session.next_timeout() == 5.0
        session.tick(5.0)
        assert session.data_to_send() == frame.ping(1)
        session.keepalive.hurry(6.0)
        session.tick(6.0)
        assert session.data_to_send() == b""
        session.receive_data(frame.pong(1), 6.5)
        assert session.next_timeout() == 35.0

    def test_pings_are_numbered_and_the_shortest_round_trip_counts(self) -> None:
        session = server()
        for number, elapsed in enumerate((0.5, 0.125, 0.25)):
            start = number * 30.0
            session.tick(start)
            assert session.data_to_send() == frame.ping(number)
            session.receive_data(frame.pong(number), start + elapsed)
        assert session.keepalive.round_trip == 0.125

    def test_a_silent_peer_is_given_up_after_ten_seconds(self) -> None:
        session = server()
        session.tick(0.0)
        assert session.next_timeout() == 10.0
        assert session.tick(9.9) == []
        (event,) = session.tick(10.0)
        assert isinstance(event, Ended)
        assert session.ended

    def test_any_byte_is_a_sign_of_life(self) -> None:
        session = opened(1)
        session.tick(0.0)
        session.receive_data(payload(1, b"a"), 9.0)
        assert session.tick(10.0) == []
        assert session.next_timeout() == 19.0

    def test_answers_to_no_question_are_ignored(self) -> None:
        session = server()
        session.receive_data(frame.pong(5), 0.0)
        session.tick(0.0)
        session.receive_data(frame.pong(5), 1.0)
        assert session.keepalive.round_trip == 0.0


class TestClientRole:
    def test_ids_are_odd_and_count_up(self) -> None:
        client = Session(Role.CLIENT, 0.0)
        assert [client.open(), client.open()] == [1, 3]
        assert client.data_to_send() == syn(1) + syn(3)

    def test_at_most_256_opens_wait_for_their_acknowledgement(self) -> None:
        client = Session(Role.CLIENT, 0.0)
        streams = [client.open() for _ in range(256)]
        assert not client.can_open
        with pytest.raises(SessionError, match="no more streams"):
            client.open()
        ack = frame.window_update(streams[0], 0, frame.ACK)
        client.receive_data(ack + ack, 0.0)
        client.open()
        assert not client.can_open
        client.receive_data(frame.window_update(streams[1], 0, frame.RST), 0.0)
        assert client.can_open

    def test_nothing_opens_after_a_go_away(self) -> None:
        client = Session(Role.CLIENT, 0.0)
        assert client.receive_data(vectors.GO_AWAY_NORMAL, 0.0) == [GoingAway()]
        assert not client.can_open

    def test_a_server_opens_nothing(self) -> None:
        assert not server().can_open
        client = Session(Role.CLIENT, 0.0)
        (event,) = client.receive_data(syn(2), 0.0)
        assert isinstance(event, Ended)
