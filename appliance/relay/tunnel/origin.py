"""Where a connection came from and how."""

from dataclasses import dataclass

from appliance.relay.registrar import Attempt
from appliance.relay.wire.messages import Login


@dataclass(slots=True)
class Origin:
    address: str
    tls: bool = False
    server_name: str | None = None

    def attempt(self, login: Login) -> Attempt:
        return Attempt(self.address, self.server_name, self.tls, login)
