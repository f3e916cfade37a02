"""A registry on a clock that the test moves, and clients that only say who they are."""

import secrets
from pathlib import Path

from appliance.relay.names import Dialect
from appliance.relay.registrar import Attempt, Registration
from appliance.relay.rules import Rules
from appliance.relay.share import Share
from appliance.relay.shares.book import Book
from appliance.relay.shares.keys import Key, KeyLimits, KeyRing, NewKey
from appliance.relay.shares.registry import Registry
from appliance.relay.shares.steering import Steering
from appliance.relay.shares.storage import Storage, pepper, row
from appliance.relay.shares.ticking import tick
from appliance.relay.wire.messages import Login, NewProxy

HOUR = 3600.0
START = 1_800_000_000.0
TOKEN = "token"
DOMAIN = "share.example.org"
ANYONE = Rules(domain=DOMAIN, who_can_share="anyone")


class Client:
    """A connected client, from the registry's side."""

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.run_id = secrets.token_hex(16)
        self.superseded = False

    def take(self) -> None:
        return None

    async def stream(self):
        raise NotImplementedError

    def end(self, reason: str) -> None:
        self.ended.append(reason)

    def replaced(self) -> None:
        self.superseded = True


class Bench:
    """The registry, its clock and its database."""

    def __init__(self, folder: Path, rules: Rules = ANYONE) -> None:
        self.now = START
        self.folder = folder
        self.start(rules)

    def start(self, rules: Rules) -> None:
        self.storage = Storage.open(self.folder / "relay.db")
        ring = KeyRing(pepper(self.folder / "pepper"), self.storage.keys())
        self.book = Book(ring, lambda: self.now, self.storage.entries())
        self.registry, self.steering = Registry(self.book), Steering(self.book)
        self.book.apply(rules)

    def restart(self) -> None:
        """As the process does: what is in memory is written, a new one reads it."""
        rules = self.book.rules
        assert rules
        self.write()
        self.storage.close()
        self.start(rules)

    def write(self) -> None:
        changed, forgotten, used = self.book.take_unwritten()
        self.storage.save(map(row, changed), forgotten, used)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        tick(self.book)

    def key(self, name: str, **limits) -> NewKey:
        made = self.book.keys.make(name, KeyLimits(**limits), self.now)
        self.book.keys.put(made.key)
        self.storage.save((), used=[made.key])
        return made

    def protect_key(self, name: str) -> tuple[Key, str]:
        """As the relay does, once it is on disk."""
        protected, password = self.steering.protected_key(name)
        self.storage.save((), used=[protected])
        self.steering.lock_key(protected)
        return protected, password

    def open(self, token: str = TOKEN, client: Client | None = None, **more) -> Share:
        """A Gradio client registers."""
        proxy = NewProxy(proxy_name=token, proxy_type="http", subdomain="random")
        return self.register(proxy, Dialect.GRADIO, client, **more)

    def upstream(self, client: Client | None = None, *, proxy: dict, **more) -> Share:
        """An upstream client registers."""
        new = NewProxy(proxy_type="http", **{"proxy_name": "web", **proxy})
        return self.register(new, Dialect.UPSTREAM, client, **more)

    def register(
        self,
        proxy: NewProxy,
        dialect: Dialect,
        client: Client | None,
        *,
        address: str = "203.0.113.7",
        server_name: str | None = None,
        tls: bool = True,
        token: str = "",
        **login,
    ) -> Share:
        attempt = Attempt(address, server_name, tls, Login(**login))
        tokens = self.registry.login(attempt)
        assert token in tokens
        client = client or Client()
        registration = Registration(attempt, client.run_id, dialect, proxy, token)
        return self.registry.register(registration, client)
