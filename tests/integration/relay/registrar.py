"""A registry of shares that forgets everything with the process."""

from appliance.relay import names
from appliance.relay.names import Dialect
from appliance.relay.registrar import Attempt, Refused, Registration
from appliance.relay.share import Share
from appliance.relay.upstream import Upstream


class Registry:
    """A `Registrar` that takes anybody who knows one of the tokens."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = tokens or ("",)
        self.shares: dict[str, Share] = {}
        self.attempts: list[Attempt] = []
        self.closures: list[tuple[str, Upstream]] = []
        self.refuses_login = ""
        self.refuses_proxy = ""
        self.reason = "test"

    def login(self, attempt: Attempt) -> tuple[str, ...]:
        self.attempts.append(attempt)
        if self.refuses_login:
            raise Refused(self.refuses_login, reason="test")
        return self.tokens

    def register(self, registration: Registration, upstream: Upstream) -> Share:
        proxy = registration.proxy
        if self.refuses_proxy:
            raise Refused(self.refuses_proxy, reason=self.reason)
        gradio = registration.dialect is not Dialect.UPSTREAM
        label = names.hashed(proxy.proxy_name) if gradio else proxy.subdomain
        host = f"{label}.share.test"
        share = self.shares.setdefault(label, Share(label, (host,), f"http://{host}", label))
        former, share.upstream = share.upstream, upstream
        if former is not None and former is not registration.replaces:
            former.end("taken over")
        return share

    def closed(self, share: Share, upstream: Upstream) -> None:
        self.closures.append((share.name, upstream))
        if share.upstream is upstream:
            share.upstream = None

    def upstream(self, token: str) -> Upstream:
        """The way to a share of Gradio's client."""
        upstream = self.shares[names.hashed(token)].upstream
        assert upstream is not None
        return upstream
