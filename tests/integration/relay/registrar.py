"""A registry of shares that forgets everything with the process."""

from appliance.relay import names
from appliance.relay.names import Dialect
from appliance.relay.registrar import Answer, Attempt, Refused, Registration
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
        self._ways: dict[Upstream, tuple[Share, str]] = {}
        self.reason = "test"

    def login(self, attempt: Attempt) -> tuple[str, ...]:
        self.attempts.append(attempt)
        if self.refuses_login:
            raise Refused(self.refuses_login, reason="test")
        return self.tokens

    def ask(self, registration: Registration, upstream: Upstream, answer: Answer) -> None:
        proxy = registration.proxy
        if self.refuses_proxy:
            answer(Refused(self.refuses_proxy, reason=self.reason))
            return
        gradio = registration.dialect is not Dialect.UPSTREAM
        label = names.hashed(proxy.proxy_name) if gradio else proxy.subdomain
        host = f"{label}.share.test"
        share = self.shares.setdefault(label, Share(label, (host,), f"http://{host}", label))
        former, share.upstream = share.upstream, upstream
        self._ways[upstream] = share, registration.run_id
        if former is not None:
            if self._ways[former][1] == registration.attempt.login.run_id:
                former.replaced()
            else:
                former.end("taken over")
        answer(share)

    def closed(self, upstream: Upstream) -> None:
        share, _ = self._ways.pop(upstream)
        self.closures.append((share.name, upstream))
        if share.upstream is upstream:
            share.upstream = None

    def upstream(self, token: str) -> Upstream:
        """The way to a share of Gradio's client."""
        upstream = self.shares[names.hashed(token)].upstream
        assert upstream is not None
        return upstream
