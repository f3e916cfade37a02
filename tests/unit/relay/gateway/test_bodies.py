"""Where bodies end, however they are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.relay.gateway.bodies import BadBody, Chunked, Sized
from tests.unit.relay.splits import cuts, pieces


def chunked(chunks: list[bytes], trailer: bytes = b"", extension: bytes = b"") -> bytes:
    framed = (b"%x%b\r\n%b\r\n" % (len(each), extension, each) for each in chunks if each)
    return b"".join(framed) + b"0\r\n" + trailer + b"\r\n"


@given(st.lists(st.binary(max_size=300), max_size=6), cuts, st.booleans())
def test_chunks_come_out_the_same_and_nothing_with_them(
    chunks: list[bytes],
    distances: list[int],
    framed: bool,  # noqa: FBT001
) -> None:
    body = Chunked(framed=framed)
    sent = chunked(chunks, b"X-Forwarded-For: 6.6.6.6\r\n", b";name=value")
    out = b"".join(body.feed(piece) for piece in pieces(sent, distances))
    assert body.done
    assert not body.overrun
    if framed:
        assert b"X-Forwarded-For" not in out or b"X-Forwarded-For" in b"".join(chunks)
        again = Chunked(framed=False)
        out = again.feed(out)
        assert again.done
    assert out == b"".join(chunks)


@given(st.binary(max_size=300), st.binary(max_size=50), cuts)
def test_a_sized_body_ends_where_it_says(data: bytes, after: bytes, distances: list[int]) -> None:
    body = Sized(len(data))
    out = rest = b""
    for piece in pieces(data + after, distances):
        if body.done:
            rest += piece
        else:
            out += body.feed(piece)
            rest += body.rest
    assert body.done
    assert (out, rest) == (data, after)


@pytest.mark.parametrize(
    "bad",
    [
        b"3 \r\nabc\r\n0\r\n\r\n",
        b"3\nabc\r\n0\r\n\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"3\r\nabc0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
        b"\r\nabc\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nabc",
        b"3\r\nabc\r\n0\r\nbad trailer\r\n\r\n",
        b"3\r\nabc\r\n0\r\nX: a\n\r\n",
    ],
)
def test_bad_chunks_are_refused(bad: bytes) -> None:
    with pytest.raises(BadBody):
        Chunked().feed(bad)


@pytest.mark.parametrize("after", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"garbage", b"\x00"])
def test_bytes_behind_the_last_chunk_go_nowhere(after: bytes) -> None:
    body = Chunked()
    assert body.feed(b"3\r\nabc\r\n0\r\n\r\n" + after) == b"3\r\nabc\r\n0\r\n\r\n"
    assert body.done
    assert body.overrun
