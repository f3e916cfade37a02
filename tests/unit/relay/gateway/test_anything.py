"""Whatever comes in, an independent parser sees exactly what the gateway saw."""

import h11
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.relay.gateway.wired import GET, HOST, OK, Wired
from tests.unit.relay.splits import cuts, pieces

_HOST = f"Host: {HOST}\r\n".encode()
_LINES = [
    b"GET / HTTP/1.1\r\n",
    b"POST /x HTTP/1.1\r\n",
    b"PUT http://demo.share.example.org/x HTTP/1.1\r\n",
    b"POST / HTTP/1.0\r\n",
    b"HEAD / HTTP/1.1\r\n",
]
_FIELDS = [
    b"Content-Length: 3\r\n",
    b"Content-Length: 0\r\n",
    b"Content_Length: 9\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: \tChunked \r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive, Content-Length, Host\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b"X: y \r\n",
    b"X: \xe4\r\n",
    b"X_Real_Ip: 6.6.6.6\r\n",
]
_TRICKS = [
    b"content-length : 5\r\n",
    b"Transfer-Encoding: identity\r\n",
    b" folded\r\n",
    b"X: a\nContent-Length: 9\r\n",
    b"X: a\rb\r\n",
    b"X: \x00\r\n",
    _HOST,
]
_BODIES = [
    b"abc",
    b"3\r\nabc\r\n",
    b'3;x="\r\n"\r\nabc\r\n',
    b"3;x=y\r\nabc\r\n",
    b"0\r\n\r\n",
    b"0\r\nX-Real-Ip: 6.6.6.6\r\n\r\n",
    b"\r\n",
    b"\x00",
    GET,
]
requests = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda line, fields, trick, bodies: b"".join(
            [line, _HOST, *fields, trick, b"\r\n", *bodies]
        ),
        st.sampled_from(_LINES),
        st.lists(st.sampled_from(_FIELDS), max_size=4),
        st.one_of(st.just(b""), st.sampled_from(_TRICKS)),
        st.lists(st.sampled_from(_BODIES), max_size=5),
    ),
)


@settings(max_examples=400)
@given(requests, cuts)
async def test_no_more_than_one_request_at_a_time_reaches_the_app(
    sent: bytes, distances: list[int]
) -> None:
    wired = Wired()
    wired.feeds(pieces(sent, distances))
    if not wired.streams.given:
        return
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(wired.stream.got)
    event = reader.next_event()
    assert isinstance(event, h11.Request)
    body = b""
    while isinstance(event := reader.next_event(), h11.Data):
        body += event.data
    assert reader.trailing_data[0] == b""
    assert b"6.6.6.6" not in wired.stream.got.replace(body, b"")


@settings(max_examples=300)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from(
                [
                    b"HTTP/1.1 200 OK\r\n",
                    b"HTTP/1.1 100 Continue\r\n\r\n",
                    b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n",
                    b"HTTP/1.0 304 Not Modified\r\n",
                    b"Content-Length: 5\r\n",
                    b"Transfer-Encoding: chunked\r\n",
                    b"Connection: close\r\n",
                    b"\r\n",
                    b"hello",
                    b"5\r\nhello\r\n",
                    b"0\r\n\r\n",
                    b"\n",
                    b"\x00",
                    OK,
                ]
            ),
            max_size=10,
        ).map(b"".join),
    ),
    cuts,
)
async def test_whatever_an_app_says_its_visitor_gets_one_answer_or_is_cut_off(
    sent: bytes, distances: list[int]
) -> None:
    wired = Wired()
    wired.says(GET)
    stream = wired.stream
    for piece in pieces(sent, distances):
        if piece and not stream.ended and stream.receiver is not None:
            stream.says(piece)
    if not stream.ended:
        for each in wired.streams.given:
            each.ends()
    reader = h11.Connection(h11.CLIENT)
    reader.send(h11.Request(method="GET", target="/", headers=[("Host", HOST)]))
    reader.send(h11.EndOfMessage())
    reader.receive_data(wired.sent)
    if wired.wire.closed and not wired.wire.aborted:
        reader.receive_data(b"")
    final = None
    while True:
        event = reader.next_event()
        if event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
            break
        if isinstance(event, h11.Response):
            final = event
        if event is h11.PAUSED or isinstance(event, h11.EndOfMessage):
            break
    assert wired.wire.aborted or final is not None
    assert reader.trailing_data[0] == b""
