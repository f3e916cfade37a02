import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.relay.wire.payload import PayloadReader, PayloadWriter
from tests.unit.relay import vectors
from tests.unit.relay.splits import cuts, pieces

KEY = vectors.KEY_OF_EMPTY_TOKEN


def test_the_response_gradios_client_sent() -> None:
    reader = PayloadReader(key=KEY, compression=True)
    for data in vectors.RESPONSE_FRAMES[:-1]:
        reader.receive_data(data)
        assert reader.next_piece() is None
    reader.receive_data(vectors.RESPONSE_FRAMES[-1])
    assert reader.next_piece() == vectors.RESPONSE
    assert reader.take_consumed() == sum(map(len, vectors.RESPONSE_FRAMES))


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("compression", [False, True])
@given(written=st.lists(st.binary(max_size=3000), max_size=6), read=cuts)
def test_every_combination_of_layers_carries_any_bytes(
    *, key: bytes | None, compression: bool, written: list[bytes], read: list[int]
) -> None:
    writer = PayloadWriter(key=key, compression=compression)
    reader = PayloadReader(key=key, compression=compression)
    stream = b"".join(writer.encode(data) for data in written)
    out, consumed = b"", 0
    for piece in pieces(stream, read):
        reader.receive_data(memoryview(piece))
        while (clear := reader.next_piece()) is not None:
            out += clear
        consumed += reader.take_consumed()
    assert out == b"".join(written)
    assert consumed == len(stream)


def test_bytes_count_as_consumed_only_once_they_came_out() -> None:
    writer = PayloadWriter(key=KEY, compression=True)
    first, second = writer.encode(bytes(1000)), writer.encode(bytes(2000))
    reader = PayloadReader(key=KEY, compression=True)
    reader.receive_data(first + second)
    before = reader.take_consumed()
    assert before <= 16, "only the vector has been used up"
    assert reader.next_piece() == bytes(1000)
    assert before + reader.take_consumed() == len(first)
    assert reader.next_piece() == bytes(2000)
    assert reader.take_consumed() == len(second)
    assert reader.take_consumed() == 0
