import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.relay.wire.errors import CompressionError
from appliance.relay.wire.snappy import (
    IDENTIFIER,
    MAX_CHUNK,
    SnappyDecoder,
    SnappyEncoder,
    masked_checksum,
)
from tests.unit.relay import vectors
from tests.unit.relay.splits import cuts, pieces


def decoded(*data: bytes) -> list[bytes]:
    decoder = SnappyDecoder()
    out: list[bytes] = []
    for piece in data:
        decoder.receive_data(piece)
        while (clear := decoder.next_piece()) is not None:
            out.append(clear)
    return out


def chunk(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "little") + body


def compressed(data: bytes, block: bytes | None = None) -> bytes:
    checksum = masked_checksum(data).to_bytes(4, "little")
    return chunk(0, checksum + (block or bytes(cramjam.snappy.compress_raw(data))))


def test_the_checksum_is_masked() -> None:
    assert masked_checksum(b"hello") == vectors.MASKED_CHECKSUM_OF_HELLO


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        (vectors.RAW_CHUNK, vectors.RAW_CHUNK_TEXT),
        (vectors.COMPRESSED_CHUNK, vectors.COMPRESSED_CHUNK_TEXT),
    ],
)
def test_known_streams(stream: bytes, text: bytes) -> None:
    assert decoded(stream) == [text]
    assert SnappyEncoder().encode(text) == stream


def test_a_chunk_is_compressed_only_if_an_eighth_is_saved() -> None:
    raw = SnappyEncoder().encode(vectors.RAW_CHUNK_TEXT)[len(IDENTIFIER)]
    small = SnappyEncoder().encode(bytes(1000))[len(IDENTIFIER)]
    assert (raw, small) == (1, 0)


def test_compression_can_be_left_out() -> None:
    assert SnappyEncoder(compress=False).encode(bytes(1000))[len(IDENTIFIER)] == 1


def test_the_identifier_comes_once_and_with_the_first_byte() -> None:
    encoder = SnappyEncoder()
    assert encoder.encode(b"") == b""
    assert encoder.encode(b"a").startswith(IDENTIFIER)
    assert not encoder.encode(b"a").startswith(IDENTIFIER)


def test_long_input_is_cut_into_chunks() -> None:
    data = bytes(range(256)) * 1000
    assert [len(piece) for piece in decoded(SnappyEncoder().encode(data))] == [
        MAX_CHUNK,
        MAX_CHUNK,
        MAX_CHUNK,
        256000 - 3 * MAX_CHUNK,
    ]


@given(st.lists(st.binary(max_size=3000), max_size=8), cuts)
def test_any_split_gives_the_same_pieces(written: list[bytes], read: list[int]) -> None:
    encoder = SnappyEncoder()
    stream = b"".join(encoder.encode(data) for data in written)
    assert decoded(*pieces(stream, read)) == [data for data in written if data]


def test_chunks_that_may_be_skipped_are_skipped_without_being_kept() -> None:
    decoder = SnappyDecoder()
    decoder.receive_data(IDENTIFIER + b"\xfe\xff\xff\xff")
    assert decoder.next_piece() is None
    for _ in range(0xFFFFFF // 65535):
        decoder.receive_data(bytes(65535))
        assert decoder.next_piece() is None
        assert decoder.pending == 0
    remaining = 0xFFFFFF % 65535
    decoder.receive_data(bytes(remaining) + compressed(b"after"))
    assert decoder.next_piece() == b"after"


def test_an_identifier_may_come_again() -> None:
    assert decoded(vectors.RAW_CHUNK + vectors.RAW_CHUNK) == [vectors.RAW_CHUNK_TEXT] * 2


def test_empty_chunks_give_nothing() -> None:
    assert decoded(IDENTIFIER + chunk(1, masked_checksum(b"").to_bytes(4, "little"))) == []


@pytest.mark.parametrize(
    ("stream", "complaint"),
    [
        (compressed(b"a"), "no stream identifier"),
        (chunk(0xFE, b"") + IDENTIFIER, "no stream identifier"),
        (chunk(0xFF, b"sNaPpX"), "wrong stream identifier"),
        (chunk(0xFF, b"sNaPpYY"), "7 bytes"),
        (IDENTIFIER + chunk(0x02, b""), "reserved type 0x2"),
        (IDENTIFIER + chunk(0x7F, b""), "reserved type 0x7f"),
        (IDENTIFIER + chunk(0x01, b"abc"), "3 bytes"),
        (IDENTIFIER + b"\x01\x05\x00\x01", "65541 bytes"),
        (IDENTIFIER + b"\x00\xff\xff\xff", "16777215 bytes"),
        (IDENTIFIER + chunk(0x01, b"0000data"), "checksum"),
        (IDENTIFIER + compressed(b"data", b"\xff\xff\xff"), "broken block"),
        (IDENTIFIER + compressed(b"", b"\x05abc"), "broken block"),
    ],
)
def test_broken_streams_are_named(stream: bytes, complaint: str) -> None:
    with pytest.raises(CompressionError, match=complaint):
        decoded(stream)


def test_a_block_cannot_claim_or_hold_more_than_a_chunk() -> None:
    bomb = bytes(MAX_CHUNK + 1)
    with pytest.raises(CompressionError, match="more than 65536"):
        decoded(IDENTIFIER + compressed(bomb))
    with pytest.raises(CompressionError, match="more than 65536"):
        decoded(IDENTIFIER + compressed(b"", b"\xff\xff\xff\xff\x0f"))


def test_one_call_gives_one_chunk_however_much_is_waiting() -> None:
    decoder = SnappyDecoder()
    decoder.receive_data(IDENTIFIER + compressed(bytes(MAX_CHUNK)) * 50)
    waiting = decoder.pending
    assert decoder.next_piece() == bytes(MAX_CHUNK)
    assert waiting / 51 < decoder.pending < waiting


@given(st.binary(max_size=300), cuts)
def test_noise_is_refused_with_the_declared_error_wherever_it_is_cut(
    noise: bytes, read: list[int]
) -> None:
    def outcome(*data: bytes) -> tuple[bytes, str]:
        out = b""
        decoder = SnappyDecoder()
        try:
            for piece in data:
                decoder.receive_data(piece)
                while (clear := decoder.next_piece()) is not None:
                    out += clear
        except CompressionError as error:
            return out, str(error)
        return out, ""

    stream = IDENTIFIER + noise
    assert outcome(stream) == outcome(*pieces(stream, read))
