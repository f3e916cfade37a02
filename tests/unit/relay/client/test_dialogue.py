"""The client's side of the control stream against the relay's side of the same wire code."""

import pytest

from appliance.relay import names
from appliance.relay.auth import privilege_key
from appliance.relay.client.dialogue import (
    Dialogue,
    Dismissed,
    News,
    Online,
    Refused,
    Wanted,
)
from appliance.relay.client.offer import Offer
from appliance.relay.wire.cipher import derive_key
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.errors import MessageError
from appliance.relay.wire.framing import MessageReader, encode
from appliance.relay.wire.messages import (
    Kill,
    Login,
    LoginResp,
    NewProxy,
    NewProxyResp,
    NewWorkConn,
    Pong,
    ReqWorkConn,
)

OFFER = Offer("sharetoken")


class Talk:
    """A dialogue and the relay that it talks to, byte by byte."""

    def __init__(self, offer: Offer = OFFER, run_id: str = "") -> None:
        self.client = Dialogue(offer, run_id, timestamp=1795380017)
        self.relay = ControlChannel(derive_key(offer.server_token))
        reader = MessageReader()
        reader.receive_data(self.client.data_to_send())
        login = reader.next_message()
        assert isinstance(login, Login)
        self.login = login

    def hear(self, data: bytes) -> list[News]:
        news = []
        for position in range(len(data)):
            news += self.client.receive_data(data[position : position + 1])
        return news

    def log_in(self) -> NewProxy:
        assert self.hear(encode(LoginResp(version="0.44.0", run_id="given"))) == []
        self.relay.receive_data(self.client.data_to_send())
        proxy = self.relay.next_message()
        assert isinstance(proxy, NewProxy)
        return proxy


def test_a_relay_takes_it_for_gradios_client() -> None:
    talk = Talk()
    proxy = talk.log_in()
    assert names.dialect(talk.login, proxy) is names.Dialect.GRADIO
    assert proxy.proxy_name == "sharetoken"
    assert not proxy.use_encryption


def test_a_server_of_upstreams_dialect_is_asked_for_a_label() -> None:
    talk = Talk(Offer("web", subdomain="chat", server_token="secret"))
    proxy = talk.log_in()
    assert names.dialect(talk.login, proxy) is names.Dialect.UPSTREAM
    assert proxy.subdomain == "chat"
    assert talk.login.privilege_key == privilege_key("secret", 1795380017)


def test_the_address_is_what_the_relay_says() -> None:
    talk = Talk()
    talk.log_in()
    answer = NewProxyResp(proxy_name="any", remote_addr="https://x.share.example.org:8443/p")
    news = talk.hear(talk.relay.encode(ReqWorkConn(), answer, Pong(), ReqWorkConn()))
    assert news == [Wanted(), Online("https://x.share.example.org:8443/p"), Wanted()]


def test_a_host_without_a_scheme_becomes_an_address() -> None:
    talk = Talk()
    talk.log_in()
    answer = NewProxyResp(proxy_name="any", remote_addr="a.example.org:8080,b.example.org")
    assert talk.hear(talk.relay.encode(answer)) == [Online("http://a.example.org:8080")]


def test_the_run_id_comes_back_with_the_next_login() -> None:
    talk = Talk()
    assert talk.login.run_id == ""
    talk.log_in()
    assert talk.client.run_id == "given"
    assert Talk(run_id="given").login.run_id == "given"


def test_a_refused_login_is_told_in_the_relays_words() -> None:
    assert Talk().hear(encode(LoginResp(error="no key"))) == [Refused("no key")]


def test_a_refused_share_is_told_without_what_is_for_gradio_only() -> None:
    talk = Talk()
    talk.log_in()
    answer = NewProxyResp(error="login to server failed: no\x1b[2J free\nslot")
    assert talk.hear(talk.relay.encode(answer)) == [Refused("no [2J free slot")]


def test_kill_dismisses_the_client() -> None:
    talk = Talk()
    talk.log_in()
    assert talk.hear(talk.relay.encode(Kill())) == [Dismissed()]


@pytest.mark.parametrize("data", [encode(NewWorkConn()), b"HTTP/1.1 400 Bad Request\r\n"])
def test_whoever_does_not_answer_the_login_is_no_relay(data: bytes) -> None:
    with pytest.raises(MessageError):
        Talk().hear(data)


def test_a_share_token_is_in_no_representation() -> None:
    assert "sharetoken" not in repr(OFFER)
    assert "secret" not in repr(Offer("x", server_token="secret"))
