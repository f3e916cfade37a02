"""Two apps behind the door, by HTTPS, and sites that embed them."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyotp
from playwright.sync_api import Browser

from appliance.auth.door import Door, Rules, open_door
from appliance.auth.forward.guards import compiled
from appliance.auth.forward.visibility import Visibility
from appliance.auth.people.person import NewPerson
from appliance.auth.second_factor.factors import factors
from appliance.auth.sessions.session import Visitor
from appliance.auth.tokens.token import Caveats
from appliance.certs.authority import Authority, create, issue
from appliance.certs.publishing import for_proxy
from appliance.config.schema import Config
from appliance.control import guarding
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.proxy.routes import routes
from appliance.web import routers
from appliance.web.embedding.tokens import with_token
from appliance.web.pages import pages
from appliance.web.turned_away import TURNED_AWAY
from tests.running import openid, statuses
from tests.running.chromium import launched
from tests.running.clock import HASHER
from tests.running.process import free_port
from tests.running.rooted import installed
from tests.running.servers import Servers
from tests.running.traefik import traefik
from tests.running.upstream import serving, threaded

PROVIDER = "Lab SSO"
PASSWORD = "correct horse battery staple"
DOMAIN = "demos.example.org"
MEMBERS = ("ada", "cleo", "dora", "emil", "fay", "gus", "hal")
"""Who may see the app for people who sign in."""
HELLO, OPEN = f"hello.{DOMAIN}", f"open.{DOMAIN}"
SAME, CROSS, STRANGER = "blog.example.org", "elsewhere.test", "stranger.test"
"""Hosts of sites: beside the appliance, of somebody else who may embed, of one who may not."""
SCRIPT = """import gradio as gr

def greet(name, file, request: gr.Request):
    size = len(open(file).read()) if file else 0
    return f"Hello {name}, {size} letters, {request.username or 'stranger'}", file

with gr.Blocks(title="The app's title") as demo:
    name, given = gr.Textbox(label="name"), gr.File(label="given")
    greeting, back = gr.Textbox(label="Greeting"), gr.File(label="back")
    gr.Button("Submit").click(
        greet, [name, given], [greeting, back], api_name="greet", scroll_to_output=True
    )
demo.launch()
"""


@dataclass
class Sites:
    """Web sites at hosts of their own, whose pages are what the test writes."""

    port: int
    pages: dict[tuple[str, str], str] = field(default_factory=dict)

    def origin(self, host: str) -> str:
        return f"https://{host}:{self.port}"

    def publish(self, host: str, body: str, path: str = "/") -> str:
        """The URL of a page with this in it."""
        self.pages[host, path] = f"<!doctype html><title>A blog</title><h1>Today</h1>{body}"
        return self.origin(host) + path

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        host = dict(scope["headers"]).get(b"host", b"").decode().split(":")[0]
        text = self.pages.get((host, scope["path"]), "")
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        start = {"type": "http.response.start", "status": 200 if text else 404}
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})


@dataclass
class House:
    """All of it."""

    door: Door
    config: Config
    port: int
    sites: Sites
    root: str

    def url(self, host: str, path: str = "/") -> str:
        return f"https://{host}:{self.port}{path}"

    def session(self, host: str, name: str = "ada") -> dict[str, str]:
        """A header with the cookie of somebody who has signed in on the host."""
        person = self.door.people.named(name)
        signed = self.door.sessions.start(person.id, host, ["password"], Visitor())
        return {"Cookie": f"__Host-appliance-session={signed.secret}"}

    def authenticator(self, name: str) -> pyotp.TOTP:
        """Set one up; it is asked for from then on, and takes codes of the next half minute."""
        person = self.door.people.named(name)
        ours = factors(self.door.engine, self.door.keys, self.door.clock).totp
        totp = pyotp.TOTP(ours.enrolment(person, "Test").secret)
        assert ours.confirm(person.id, totp.secret, totp.at(int(time.time())))
        return totp

    def account_elsewhere(self, name: str) -> None:
        """Connect a person with the provider's account of that name."""
        person = self.door.people.named(name)
        self.door.identities.link("sso", name, person.id, None)

    def token(self, **caveats: Any) -> str:
        person = self.door.people.named("ada")
        return self.door.tokens.create(person.id, "test", Caveats(**caveats)).secret

    def embed_token(self, origin: str, **caveats: Any) -> dict[str, str]:
        """What `appliance tokens embed ada hello ORIGIN` prints."""
        secret = self.token(apps=("hello",), origin=origin, **caveats)
        return with_token(self.config, "hello", secret)

    def ask(self, host: str, path: str, method: str = "GET", **more: Any) -> httpx.Response:
        """A request that comes by HTTPS, whatever its certificate says."""
        headers = {"Host": f"{host}:{self.port}", **more.pop("headers", {})}
        extensions = {"sni_hostname": host}
        with httpx.Client(verify=False, trust_env=False, timeout=60) as client:  # noqa: S501 - certificates are other tests' matter
            url = f"https://127.0.0.1:{self.port}{path}"
            return client.request(method, url, headers=headers, extensions=extensions, **more)


@contextmanager
def house(folder: Path) -> Iterator[House]:
    with ExitStack() as stack:
        proxy = stack.enter_context(traefik(folder))
        port = int(proxy.https.rsplit(":", 1)[1])
        sites = Sites(free_port())
        may = [sites.origin(SAME), sites.origin(CROSS)]
        embed = {"source": "x", "embed": {"origins": may}}
        config = Config.model_validate(
            {
                "domain": DOMAIN,
                "tls": {"mode": "local-ca"},
                "ports": {"https": port},
                "auth": {"providers": {"sso": _provider(stack, folder, port)}},
                "apps": {
                    "hello": {**embed, "access": {"users": list(MEMBERS)}},
                    "open": {**embed, "access": "public"},
                },
            }
        )
        door = open_door(folder / "data", Rules, passwords=HASHER)
        door.people.create(NewPerson("ada", PASSWORD, "Ada Lovelace"))
        for name in ("bob", *MEMBERS[1:]):
            door.people.create(NewPerson(name, PASSWORD))
        authority = create(["example.org", "test"], DOMAIN, datetime.now(UTC))
        _certify(authority, folder, proxy.folder.certificates)
        host = _apps(stack, folder, config, port, door)
        forward = guarding.forward(door)
        forward.guards = compiled(config, TURNED_AWAY)
        status = Status(
            config=ConfigStatus(file="appliance.yaml", state="ok"),
            text="",
            ports={},
            routes=RoutesStatus(live=True),
            host=host,
        )
        seen = Visibility(forward)
        before = (
            *routers.account(door, lambda: config, folder),
            *routers.embedding(door, lambda: Snapshot(config, status), seen),
        )
        urls = [f"http://127.0.0.1:{free_port()}" for _ in range(2)]
        served = pages(lambda: Snapshot(config, status), before, seen)
        stack.enter_context(serving(served, urls[0]))
        stack.enter_context(serving(forward, urls[1]))
        stack.enter_context(
            threaded(
                sites,
                port=sites.port,
                log_level="error",
                lifespan="off",
                ws="none",
                ssl_certfile=folder / "sites.pem",
                ssl_keyfile=folder / "sites.key",
            )
        )
        proxy.apply(routes(config, host, *urls))
        yield House(door, config, port, sites, authority.pem)


@contextmanager
def browsing(home: Path, root: str) -> Iterator[Browser]:
    """Trusts the root, takes every name for this machine, and blocks third-party cookies."""
    installed(home, root)
    arguments = ("--host-resolver-rules=MAP * 127.0.0.1", "--test-third-party-cookie-phaseout")
    with launched(*arguments, home=home) as browser:
        yield browser


def _apps(stack: ExitStack, folder: Path, config: Config, port: int, door: Door) -> Any:
    (folder / "servers").mkdir()
    servers = Servers(folder / "servers")
    stack.enter_context(servers.running)
    made = {}
    for name, required in (("hello", True), ("open", False)):
        made[name] = servers.start(
            f"{name}.py",
            text=SCRIPT,
            app=name,
            root=f"https://{name}.{DOMAIN}:{port}",
            trusted_proxies=["127.0.0.1"],
            origins=list(config.apps[name].embed.origins),
            identity={
                "audience": name,
                "keys": [door.keys.public_pem],
                "required": required,
            },
        )
    lives = [
        statuses.live(name, one.wait_until_ready().origin, title=name.title(), emoji="👋")
        for name, one in made.items()
    ]
    return statuses.host(*lives)


def _provider(stack: ExitStack, folder: Path, port: int) -> dict[str, Any]:
    """One that is started, for the YAML."""
    (folder / "secret").write_text(openid.SECRET)
    back = f"https://{DOMAIN}:{port}/-/sign-in/from/sso"
    issuer = openid.provider(folder, free_port(), openid.new_key("first"), back)
    return {
        "type": "oidc",
        "issuer": stack.enter_context(issuer),
        "title": PROVIDER,
        "client_id": "appliance",
        "client_secret": {"file": "secret"},
        "allow": {"everyone": True},
    }


def _certify(authority: Authority, folder: Path, file: Path) -> None:
    now = datetime.now(UTC)
    ours = issue(authority, [DOMAIN, HELLO, OPEN], now)
    for_proxy(file, [ours], ours)
    theirs = issue(authority, [SAME, CROSS, STRANGER], now)
    (folder / "sites.pem").write_text(theirs.chain)
    (folder / "sites.key").write_text(theirs.key)
