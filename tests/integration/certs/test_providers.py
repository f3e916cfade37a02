"""DNS providers: certbot takes what the YAML names, and goes to the provider with it."""

import json
import socketserver
import threading
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from appliance.certs.certbot import Certbot
from appliance.config.schema import Config
from tests.integration.certs.pebble import Pebble

DOMAIN = "demos.example.org"


_TOKEN = "/token"
_NO_WAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_UNKNOWN_ACCOUNT = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"
    b"Content-Length: 25\r\nConnection: close\r\n\r\n" + b'{"error":"invalid_grant"}'
)


class Gate:
    """Notes who is asked for and lets nobody through."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: list[str] = []


def service_account(gate: Gate) -> str:
    """As Google hands them out; Google's library knows no proxy, so the gate is where it leads."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "demos",
            "private_key_id": "1",
            "private_key": pem,
            "client_email": "dns@demos.example.org",
            "client_id": "1",
            "token_uri": f"http://127.0.0.1:{gate.port}{_TOKEN}",
        }
    )


PROVIDERS = {
    "cloudflare": ("dns_cloudflare_api_token = abc", "api.cloudflare.com:443"),
    "digitalocean": ("dns_digitalocean_token = abc", "api.digitalocean.com:443"),
    "google": (service_account, _TOKEN),
    "ovh": (
        (
            "dns_ovh_endpoint = ovh-eu\ndns_ovh_application_key = a\n"
            "dns_ovh_application_secret = b\ndns_ovh_consumer_key = c"
        ),
        "eu.api.ovh.com:443",
    ),
    "route53": (
        "[default]\naws_access_key_id = a\naws_secret_access_key = b",
        "route53.amazonaws.com:443",
    ),
}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The proxy on the way out of this machine."""
    found = Gate()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            found.asked.append(target := self.rfile.readline().decode().split(" ")[1])
            while self.rfile.readline().strip():
                """The rest of the head."""
            self.wfile.write(_UNKNOWN_ACCOUNT if target == _TOKEN else _NO_WAY)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{found.port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost")
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def certbot(tmp_path_factory: pytest.TempPathFactory) -> Certbot:
    """One account for all."""
    folder = tmp_path_factory.mktemp("providers")
    return Certbot(folder / "certbot", folder)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_certbot_goes_to_the_provider_with_the_credentials(
    certbot: Certbot, pebble: Pebble, provider: str, gate: Gate
) -> None:
    content, target = PROVIDERS[provider]
    credentials = certbot.base / f"{provider}.ini"
    credentials.write_text(content if isinstance(content, str) else content(gate))
    credentials.chmod(0o600)
    challenge = {"dns": provider, "credentials": {"file": credentials.name}, "propagation": "0s"}
    tls = {
        "mode": "certbot",
        "directory": pebble.directory,
        "directory_ca": str(pebble.directory_ca),
        "challenge": challenge,
    }
    config = Config.model_validate({"domain": DOMAIN, "tls": tls})
    outcome = await certbot.order(config, [DOMAIN, f"*.{DOMAIN}"])
    assert target in gate.asked
    assert outcome.refusal is not None
    if target == _TOKEN:
        assert outcome.refusal.code == "credentials"
        assert "docs/tls.md" in outcome.refusal.remedy
    else:
        assert outcome.refusal.code == "directory-away"
        assert "the DNS provider's, cannot be reached" in outcome.refusal.message
