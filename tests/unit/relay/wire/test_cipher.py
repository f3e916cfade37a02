import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.relay.wire.cipher import IV_SIZE, Decryptor, Encryptor, derive_key
from tests.unit.relay import vectors
from tests.unit.relay.splits import cuts, pieces

KEY = vectors.KEY_OF_EMPTY_TOKEN


@pytest.mark.parametrize(
    ("token", "key"), [("", vectors.KEY_OF_EMPTY_TOKEN), ("secret", vectors.KEY_OF_SECRET)]
)
def test_the_key_of_a_token(token: str, key: bytes) -> None:
    assert derive_key(token) == key


@pytest.mark.parametrize(
    ("key", "clear", "encrypted"),
    [
        (
            vectors.KEY_OF_EMPTY_TOKEN,
            vectors.REQ_WORK_CONN + vectors.PONG,
            vectors.REQ_AND_PONG_ENCRYPTED,
        ),
        (vectors.KEY_OF_SECRET, vectors.REQ_WORK_CONN, vectors.REQ_ENCRYPTED_WITH_SECRET),
    ],
)
def test_known_ciphertext(key: bytes, clear: bytes, encrypted: bytes) -> None:
    assert Encryptor(key, vectors.FIXED_IV).encrypt(clear) == vectors.FIXED_IV + encrypted


def test_what_a_client_sent_on_its_control_stream() -> None:
    clear = Decryptor(KEY).decrypt(vectors.CLIENT_CONTROL_IV + vectors.CLIENT_CONTROL)
    assert clear == b"p" + (152).to_bytes(8) + vectors.CLIENT_CONTROL_JSON


def test_the_vector_is_sent_with_the_first_byte_and_not_before() -> None:
    encryptor = Encryptor(KEY)
    assert encryptor.encrypt(b"") == b""
    assert len(encryptor.encrypt(b"a")) == IV_SIZE + 1
    assert len(encryptor.encrypt(b"a")) == 1


def test_every_stream_has_a_vector_of_its_own() -> None:
    assert Encryptor(KEY).encrypt(b"a")[:IV_SIZE] != Encryptor(KEY).encrypt(b"a")[:IV_SIZE]


def test_nothing_is_clear_before_the_vector_is_complete() -> None:
    decryptor = Decryptor(KEY)
    encrypted = Encryptor(KEY, vectors.FIXED_IV).encrypt(b"hello")
    assert decryptor.decrypt(encrypted[:15]) == b""
    assert decryptor.decrypt(encrypted[15:16]) == b""
    assert decryptor.decrypt(encrypted[16:]) == b"hello"


@given(st.binary(max_size=2000), cuts, cuts)
def test_any_split_gives_the_same_bytes(data: bytes, sent: list[int], read: list[int]) -> None:
    encryptor, decryptor = Encryptor(KEY), Decryptor(KEY)
    encrypted = b"".join(encryptor.encrypt(piece) for piece in pieces(data, sent))
    assert b"".join(decryptor.decrypt(memoryview(p)) for p in pieces(encrypted, read)) == data
