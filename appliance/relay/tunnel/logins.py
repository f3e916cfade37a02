"""The way in: who a new client is, whether it is served, and which client a new lane is from."""

import hmac

from appliance.relay.auth import matching_token
from appliance.relay.names import GRADIO_VERSION
from appliance.relay.registrar import Attempt, Refused
from appliance.relay.tunnel.client import VERSION, Client
from appliance.relay.tunnel.lane import DEAF, Lane
from appliance.relay.tunnel.relay import Relay
from appliance.relay.tunnel.texts import one_line
from appliance.relay.wire.cipher import derive_key
from appliance.relay.wire.control import ControlChannel
from appliance.relay.wire.framing import encode
from appliance.relay.wire.messages import Kill, LoginResp, NewWorkConn


class Logins:
    """All clients that are logged in now."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.runs: dict[str, Client] = {}
        """By run id, which only the client itself was told."""

    def login(self, attempt: Attempt, lane: Lane) -> Client | None:
        """Let a client in and tell it so, or tell it why not and give None."""
        try:
            token = self._token(attempt)
        except Refused as refusal:
            self._refuse(attempt, lane, refusal)
            return None
        self.relay.stats.logins += 1
        client = Client(self.relay, self.runs, attempt, token, lane)
        lane.endpoint = client
        lane.send(encode(LoginResp(version=VERSION, run_id=client.run_id)))
        return client

    def find(self, message: NewWorkConn, session: Client | None) -> Client | None:
        """Whose lane it is that began with `message`.

        One that came in a session can only be of the client of that `session`. One that came alone
        is of whoever was told the run id, unless that client multiplexes.
        """
        client = session or self.runs.get(message.run_id)
        if client is None or (session is None and client.multiplexed):
            return None
        if not hmac.compare_digest(client.run_id.encode(), message.run_id.encode()):
            return None
        return client

    def _token(self, attempt: Attempt) -> str:
        if not attempt.tls and not self.relay.settings.plain:
            raise Refused(
                "this relay takes clients over TLS only: pass share_server_tls_certificate="
                " to launch(), or switch TLS on in frpc's configuration",
                reason="plain",
            )
        tokens = self.relay.registrar.login(attempt)
        login = attempt.login
        token = matching_token(tokens, login.privilege_key, login.timestamp)
        if token is None:
            raise Refused(
                "wrong token: set auth.token to the one the relay's operator gave you",
                reason="token",
            )
        return token

    def _refuse(self, attempt: Attempt, lane: Lane, refusal: Refused) -> None:
        self.relay.stats.refused[refusal.reason] += 1
        self.relay.complain(
            "tunnel.refused", reason=refusal.reason, address=attempt.address, text=refusal.text
        )
        # The client leaves by itself, or is made to when its time to log in is over.
        lane.endpoint = DEAF
        login = attempt.login
        if refusal.reason == "plain" and login.run_id and login.version == GRADIO_VERSION:
            # One that comes back takes no refusal for an answer, and its words are not read.
            admitted = encode(LoginResp(version=VERSION, run_id=login.run_id))
            lane.send(admitted + ControlChannel(derive_key("")).encode(Kill()))
            return
        lane.send(encode(LoginResp(version=VERSION, error=one_line(refusal.text))))
