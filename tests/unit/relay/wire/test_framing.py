import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.relay.wire.errors import MessageError
from appliance.relay.wire.framing import HEADER, MAX_LENGTH, MessageReader, Unknown, decode, encode
from appliance.relay.wire.messages import (
    MESSAGES,
    CloseProxy,
    Kill,
    Login,
    LoginResp,
    Message,
    NewProxy,
    NewWorkConn,
    Ping,
    Pong,
    ReqWorkConn,
    StartWorkConn,
)
from tests.unit.relay import vectors
from tests.unit.relay.splits import cuts, pieces


def read(*data: bytes) -> list[Message | Unknown]:
    reader = MessageReader()
    out: list[Message | Unknown] = []
    for piece in data:
        reader.receive_data(piece)
        while (message := reader.next_message()) is not None:
            out.append(message)
    return out


def framed(type_byte: int, body: bytes) -> bytes:
    return HEADER.pack(type_byte, len(body)) + body


KNOWN = [
    (
        vectors.LOGIN,
        Login(
            version="0.44.0",
            os="linux",
            arch="amd64",
            privilege_key="233d08990b6daf99facba7a03531db5f",
            timestamp=1795380017,
            pool_count=1,
        ),
    ),
    (vectors.LOGIN_RESP, LoginResp(version="0.44.0", run_id="0123456789abcdef")),
    (vectors.NEW_WORK_CONN, NewWorkConn(run_id="0123456789abcdef")),
    (
        vectors.START_WORK_CONN,
        StartWorkConn(proxy_name="ada63e98fe50eccb55", src_addr="127.0.0.1", src_port=1234),
    ),
    (vectors.PING, Ping()),
    (vectors.PONG, Pong()),
    (vectors.REQ_WORK_CONN, ReqWorkConn()),
    (vectors.KILL, Kill()),
]


@pytest.mark.parametrize(("data", "message"), KNOWN)
def test_known_messages_both_ways(data: bytes, message: Message) -> None:
    assert read(data) == [message]
    assert encode(message) == data


def test_a_list_of_one_empty_string_is_an_empty_list() -> None:
    (proxy,) = read(framed(0x70, vectors.CLIENT_CONTROL_JSON))
    assert isinstance(proxy, NewProxy)
    assert (proxy.custom_domains, proxy.locations) == ((), ())
    assert (proxy.proxy_name, proxy.subdomain, proxy.proxy_type) == (
        "sharetoken",
        "random",
        "http",
    )
    assert proxy.use_encryption
    assert proxy.use_compression


@pytest.mark.parametrize("distance", range(1, 40))
def test_any_split_gives_the_same_messages(distance: int) -> None:
    stream = b"".join(data for data, _ in KNOWN)
    split = [stream[i : i + distance] for i in range(0, len(stream), distance)]
    assert read(*split) == [message for _, message in KNOWN]


def test_what_follows_the_first_message_can_be_taken_as_it_is() -> None:
    reader = MessageReader()
    reader.receive_data(vectors.LOGIN + b"encrypted")
    assert isinstance(reader.next_message(), Login)
    assert reader.remainder() == b"encrypted"
    assert reader.remainder() == b""


def test_unknown_types_are_handed_on() -> None:
    assert read(framed(ord("v"), b"whatever")) == [Unknown(ord("v"), b"whatever")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"os":"linux","brand_new":{"a":[1]},"client_spec":{}}', Login(os="linux")),
        (b'{"OS":"linux","Pool_Count":3}', Login(os="linux", pool_count=3)),
        (b'{"OS":"other","os":"linux","Os":"third"}', Login(os="linux")),
        (b'{"os":null,"pool_count":null}', Login()),
        (b'{"os":"\xff"}', Login(os="\N{REPLACEMENT CHARACTER}")),
        (b' {"metas":{"a":"b"}} ', Login(metas={"a": "b"})),
    ],
)
def test_fields_are_read_as_go_reads_them(body: bytes, expected: Login) -> None:
    assert decode(Login.type_byte, body) == expected


@pytest.mark.parametrize(
    ("kind", "body", "complaint"),
    [
        (Login, b'{"os":1}', "Login: wrong type or range: os"),
        (Login, b'{"timestamp":"1"}', "timestamp"),
        (Login, b'{"timestamp":1.0}', "timestamp"),
        (Login, b'{"timestamp":true}', "timestamp"),
        (Login, b'{"timestamp":%d}' % 2**63, "timestamp"),
        (Login, b'{"metas":{"a":1}}', "metas"),
        (NewProxy, b'{"custom_domains":"a"}', "custom_domains"),
        (NewProxy, b'{"locations":[1]}', "locations"),
        (StartWorkConn, b'{"src_port":65536}', "src_port"),
        (StartWorkConn, b'{"src_port":-1}', "src_port"),
        (Login, b"[]", "Login: wrong type or range: body"),
        (Login, b"nothing", "Login: not JSON"),
        (Login, b"{} {}", "not JSON"),
        (Login, b"[" * 10000, "not JSON"),
        (Login, b'{"timestamp":' + b"9" * 9000 + b"}", "Login: "),
        (Login, b'{"os":"\\ud800"}', "not JSON"),
    ],
)
def test_bad_bodies_are_named_without_their_values(
    kind: type[Message], body: bytes, complaint: str
) -> None:
    with pytest.raises(MessageError, match=complaint) as raised:
        decode(kind.type_byte, body)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("length", [0, -1, MAX_LENGTH + 1, 2**62, -(2**63)])
def test_a_bad_length_is_refused_before_the_body(length: int) -> None:
    with pytest.raises(MessageError, match="1 to 10240 allowed"):
        read(HEADER.pack(ord("o"), length))


def test_the_longest_message_is_taken() -> None:
    body = json.dumps({"os": "x" * (MAX_LENGTH - 9)}, separators=(",", ":")).encode()
    assert len(body) == MAX_LENGTH
    (login,) = read(framed(ord("o"), body))
    assert isinstance(login, Login)
    assert len(login.os) == MAX_LENGTH - 9


def test_a_message_too_long_for_any_peer_is_not_sent() -> None:
    with pytest.raises(MessageError, match="10240 allowed"):
        encode(LoginResp(error="x" * MAX_LENGTH))


def test_secrets_do_not_show() -> None:
    shown = repr(
        (NewProxy(proxy_name="s3cret", http_pwd="s3cret"), CloseProxy(proxy_name="s3cret"))
    )
    assert "s3cret" not in shown


texts = st.text(st.characters(codec="utf-8"), max_size=20)


@given(
    st.builds(
        NewProxy,
        proxy_name=texts,
        proxy_type=texts,
        use_encryption=st.booleans(),
        metas=st.dictionaries(texts, texts, max_size=3),
        remote_port=st.integers(min_value=0, max_value=2**63 - 1),
        custom_domains=st.lists(texts.filter(bool), max_size=3).map(tuple),
        headers=st.dictionaries(texts, texts, max_size=3),
    )
)
def test_what_is_encoded_reads_the_same(message: NewProxy) -> None:
    assert read(encode(message)) == [message]


@given(st.sampled_from([*MESSAGES, 0]), st.binary(max_size=60), cuts)
def test_noise_raises_nothing_but_the_declared_error(
    type_byte: int, body: bytes, read_at: list[int]
) -> None:
    def outcome(*data: bytes) -> list[Message | Unknown] | str:
        try:
            return read(*data)
        except MessageError as error:
            return str(error)

    stream = framed(type_byte, body) + body
    assert outcome(stream) == outcome(*pieces(stream, read_at))
