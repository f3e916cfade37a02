"""What a client tells the relay: who it is and what it wants to publish."""

import platform
from dataclasses import dataclass, field

from appliance.relay.auth import privilege_key
from appliance.relay.names import GRADIO_VERSION
from appliance.relay.wire.messages import Login, NewProxy

GRADIOS_SUBDOMAIN = "random"
"""With it a relay knows Gradio's dialect and chooses the public name itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One app to publish."""

    share_token: str = field(repr=False)
    """Decides the public name; whoever knows it can take the name over."""
    subdomain: str = GRADIOS_SUBDOMAIN
    """Anything else asks a server of upstream's dialect for that very label."""
    server_token: str = field(default="", repr=False)
    """The token of the server; Gradio's relays have none."""
    compression: bool = True

    def login(self, run_id: str, timestamp: int) -> Login:
        """`run_id` as the relay gave it before, empty at first; `timestamp` is Unix seconds."""
        return Login(
            version=GRADIO_VERSION,
            os=platform.system().lower(),
            arch=platform.machine().lower(),
            privilege_key=privilege_key(self.server_token, timestamp),
            timestamp=timestamp,
            run_id=run_id,
            pool_count=1,
        )

    def proxy(self) -> NewProxy:
        """Without frp's encryption: its key is public unless the server has a token.

        Secrecy is what TLS is for, and a second cipher under it would only cost time.
        """
        return NewProxy(
            proxy_name=self.share_token,
            proxy_type="http",
            use_compression=self.compression,
            subdomain=self.subdomain,
        )
