import pytest

from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.errors import MessageError
from appliance.relay.wire.framing import Unknown
from appliance.relay.wire.messages import Message, NewProxy, NewProxyResp, Ping, Pong, ReqWorkConn
from tests.unit.relay import vectors

EMPTY = vectors.KEY_OF_EMPTY_TOKEN


def messages(key: bytes, *data: bytes) -> list[Message | Unknown]:
    channel = ControlChannel(key)
    out: list[Message | Unknown] = []
    for piece in data:
        channel.receive_data(piece)
        while (message := channel.next_message()) is not None:
            out.append(message)
    return out


def test_what_gradios_client_sent() -> None:
    (proxy,) = messages(EMPTY, vectors.CLIENT_CONTROL_IV + vectors.CLIENT_CONTROL)
    assert isinstance(proxy, NewProxy)
    assert proxy.proxy_name == "sharetoken"


@pytest.mark.parametrize("distance", [1, 7, 16, 17, 200])
def test_what_upstreams_server_sent_however_it_is_split(distance: int) -> None:
    stream = vectors.SERVER_CONTROL_IV + vectors.SERVER_CONTROL
    split = [stream[i : i + distance] for i in range(0, len(stream), distance)]
    assert messages(EMPTY, *split) == [
        ReqWorkConn(),
        NewProxyResp(proxy_name="sharetoken", remote_addr="random.ex.test:38839"),
    ]


def test_what_upstreams_server_sent_with_a_token() -> None:
    stream = vectors.SECRET_CONTROL_IV + vectors.SECRET_CONTROL
    assert messages(vectors.KEY_OF_SECRET, stream) == [
        ReqWorkConn(),
        NewProxyResp(proxy_name="web", remote_addr="abc.ex.test:45885"),
        ReqWorkConn(),
    ]


def test_a_wrong_key_reads_as_noise() -> None:
    stream = vectors.SECRET_CONTROL_IV + vectors.SECRET_CONTROL
    with pytest.raises(MessageError):
        messages(EMPTY, stream)


def test_both_directions_run_independently() -> None:
    client, server = ControlChannel(EMPTY), ControlChannel(EMPTY)
    for _ in range(3):
        server.receive_data(client.encode(Ping(), Ping()))
        assert [server.next_message() for _ in range(3)] == [Ping(), Ping(), None]
        client.receive_data(server.encode(Pong()))
        assert client.next_message() == Pong()
