"""Sessions of a server, and frames of its peer written by hand."""

from appliance.relay.wire.yamux import (
    Budget,
    Code,
    Data,
    Ended,
    Event,
    Limits,
    Role,
    Session,
    frame,
)

WINDOW = frame.INITIAL_WINDOW
GO_AWAY_PROTOCOL_ERROR = frame.go_away(Code.PROTOCOL_ERROR)


def syn(stream: int, extra: int = 0) -> bytes:
    return frame.window_update(stream, extra, frame.SYN)


def fin(stream: int) -> bytes:
    return frame.window_update(stream, 0, frame.FIN)


def payload(stream: int, data: bytes, flags: int = 0) -> bytes:
    return frame.data(stream, len(data), flags) + data


def server(*, limits: Limits | None = None, budget: Budget | None = None) -> Session:
    return Session(Role.SERVER, 0.0, limits=limits, budget=budget)


def opened(*streams: int, limits: Limits | None = None) -> Session:
    session = server(limits=limits)
    session.receive_data(b"".join(map(syn, streams)), 0.0)
    session.data_to_send()
    return session


def failure(session: Session, data: bytes) -> str:
    """The reason for which these bytes end the session, which says so to the peer."""
    events = session.receive_data(data, 0.0)
    ended = events[-1]
    assert isinstance(ended, Ended)
    assert ended.code == Code.PROTOCOL_ERROR
    assert session.data_to_send().endswith(GO_AWAY_PROTOCOL_ERROR)
    assert session.ended
    assert session.receive_data(syn(99), 0.0) == []
    assert session.data_to_send() == b""
    return ended.reason


def text(events: list[Event]) -> bytes:
    return b"".join(bytes(event.data) for event in events if isinstance(event, Data))
