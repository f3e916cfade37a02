"""DNS providers: certbot goes to them with what the YAML names; what they refuse is told in words.

Their answers are what they are known to say; everything that hears them is the real one.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from appliance.certs.certbot import Certbot, Outcome
from appliance.certs.refusals import Refusal
from appliance.config.schema import Config
from appliance.doctor.proving import proven
from tests.integration.certs.interception import Answer, Way, intercepting
from tests.integration.certs.nameserver import NameServer
from tests.integration.certs.pebble import Pebble
from tests.integration.certs.records import AcmeDns, DeSec, answering
from tests.running import http

DOMAIN = "demos.example.org"
_SECRET = "s3cret-of-the-provider"
_TOKEN = "/token"


def service_account(way: Way) -> str:
    """As Google hands them out; Google's library knows no proxy, so it is led to ours."""
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
            "token_uri": f"http://127.0.0.1:{way.port}{_TOKEN}",
        }
    )


CREDENTIALS = {
    "cloudflare": f"dns_cloudflare_api_token = {_SECRET}",
    "digitalocean": f"dns_digitalocean_token = {_SECRET}",
    "google": "",
    "ovh": (
        "dns_ovh_endpoint = ovh-eu\ndns_ovh_application_key = a\n"
        f"dns_ovh_application_secret = {_SECRET}\ndns_ovh_consumer_key = c"
    ),
    "route53": f"[default]\naws_access_key_id = a\naws_secret_access_key = {_SECRET}",
    "acme-dns": json.dumps(
        {
            DOMAIN: {
                "username": "u",
                "password": _SECRET,
                "subdomain": "s",
                "fulldomain": "s.auth.example.com",
                "server_url": "https://auth.acme-dns.com",
            }
        }
    ),
}


def _aws(code: str, message: str) -> str:
    return (
        '<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
        f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>1</RequestId></ErrorResponse>"
    )


def _cloudflare(code: int, message: str) -> str:
    return json.dumps(
        {"success": False, "errors": [{"code": code, "message": message}], "result": None}
    )


@dataclass(frozen=True)
class Case:
    """What a provider says to the one request that matters, and what people are told of it."""

    provider: str
    host: str
    status: int
    body: str
    title: str
    needed: str
    """Part of the remedy."""
    code: str = "credentials"
    others: dict[str, Answer] = field(default_factory=dict)
    """Answers to paths that end so."""


_CLOUDFLARE = ("cloudflare", "api.cloudflare.com")
_DIGITALOCEAN = ("digitalocean", "api.digitalocean.com")
_OVH = ("ovh", "eu.api.ovh.com")
_ROUTE53 = ("route53", "route53.amazonaws.com")
_TIME = {"/auth/time": (200, "1732400000")}
_NONE = json.dumps({"success": True, "errors": [], "result": [], "result_info": {}})
CASES = {
    "cloudflare-unknown": Case(
        *_CLOUDFLARE, 403, _cloudflare(9109, "Invalid access token"), "Cloudflare", "Zone:DNS"
    ),
    "cloudflare-not-allowed": Case(
        *_CLOUDFLARE, 403, _cloudflare(10000, "Authentication error"), "Cloudflare", "Zone:DNS"
    ),
    "cloudflare-other-zone": Case(*_CLOUDFLARE, 200, _NONE, "Cloudflare", "Zone:DNS", "zone"),
    "digitalocean-unknown": Case(
        *_DIGITALOCEAN,
        401,
        '{"id":"Unauthorized","message":"Unable to authenticate you"}',
        "DigitalOcean",
        "dns_digitalocean_token",
    ),
    "digitalocean-not-allowed": Case(
        *_DIGITALOCEAN,
        403,
        '{"id":"Forbidden","message":"You are not authorized to perform this operation"}',
        "DigitalOcean",
        "may write domains",
    ),
    "ovh-unknown": Case(
        *_OVH,
        403,
        '{"message":"This application key is invalid","errorCode":"INVALID_KEY"}',
        "OVH",
        "/domain/zone/*",
        others=_TIME,
    ),
    "ovh-wrong-secret": Case(
        *_OVH,
        400,
        '{"message":"Invalid signature","errorCode":"INVALID_SIGNATURE"}',
        "OVH",
        "application key, secret",
        others=_TIME,
    ),
    "route53-wrong-secret": Case(
        *_ROUTE53,
        403,
        _aws("SignatureDoesNotMatch", "The request signature we calculated does not match."),
        "Amazon Route 53",
        "route53:ListHostedZones",
    ),
    "route53-not-allowed": Case(
        *_ROUTE53,
        403,
        _aws("AccessDenied", "User: x is not authorized to perform: route53:ListHostedZones"),
        "Amazon Route 53",
        "route53:ListHostedZones",
    ),
    "route53-busy": Case(
        *_ROUTE53,
        400,
        _aws("Throttling", "Rate exceeded"),
        "Amazon Route 53",
        "Nothing needs to be done",
        "provider-busy",
    ),
    "acme-dns-unknown": Case(
        "acme-dns",
        "auth.acme-dns.com",
        401,
        '{"error":"forbidden"}',
        "acme-dns",
        "`/register`",
    ),
}


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Way]:
    with intercepting(tmp_path_factory.mktemp("way")) as found:
        yield found


class Ordering:
    """certbot, with one account for all; whatever it says is kept."""

    def __init__(self, folder: Path, pebble: Pebble, way: Way) -> None:
        self._certbot = Certbot(folder / "certbot", folder)
        self._pebble = pebble
        (folder / "roots.pem").write_text(pebble.directory_ca.read_text() + way.root)

    async def order(self, provider: str, credentials: str, *more: str, **which: str) -> Outcome:
        """For the domain, what is below it, and `more`."""
        base = self._certbot.base
        file = base / f"{provider}.ini"
        file.write_text(credentials)
        file.chmod(0o600)
        challenge = {"credentials": {"file": file.name}, "propagation": "0s"}
        tls = {
            "mode": "certbot",
            "directory": self._pebble.directory,
            "directory_ca": "roots.pem",
            "challenge": challenge | (which or {"dns": provider}),
        }
        config = Config.model_validate({"domain": DOMAIN, "tls": tls})
        return await self._certbot.order(config, [DOMAIN, f"*.{DOMAIN}", *more])

    async def refused(self, provider: str, credentials: str, **which: str) -> Refusal:
        outcome = await self.order(provider, credentials, **which)
        assert outcome.certificate is None
        assert outcome.refusal is not None
        return outcome.refusal


@pytest.fixture(scope="module")
def ordering(pebble: Pebble, way: Way, tmp_path_factory: pytest.TempPathFactory) -> Ordering:
    return Ordering(tmp_path_factory.mktemp("providers"), pebble, way)


@pytest.fixture(autouse=True)
def out(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """The only way out of this machine."""
    way.asked.clear()
    # Amazon's library tries again, later and later.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{way.port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost,127.0.0.1")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_a_provider_refuses_is_told_with_its_name_and_what_to_do(
    ordering: Ordering, way: Way, case: Case
) -> None:
    def answer(path: str) -> Answer:
        known = (told for end, told in case.others.items() if path.endswith(end))
        return next(known, (case.status, case.body))

    way.answer = answer
    refused = await ordering.refused(case.provider, CREDENTIALS[case.provider])
    assert any(one.startswith(case.host) for one in way.asked)
    assert refused.code == case.code
    assert refused.message.startswith(f"{DOMAIN}, *.{DOMAIN}: {case.title} ")
    assert case.needed in refused.remedy
    assert _SECRET not in f"{refused}"


@pytest.mark.parametrize("name", ["cloudflare-unknown", "route53-wrong-secret"])
def test_the_doctor_hears_the_same_before_an_authority_is_asked(
    way: Way, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    way.answer = lambda _: (case.status, case.body)
    (tmp_path / "roots.pem").write_text(way.root)
    (tmp_path / "credentials").write_text(CREDENTIALS[case.provider])
    challenge = {"dns": case.provider, "credentials": {"file": "credentials"}}
    tls = {"mode": "certbot", "directory_ca": "roots.pem", "challenge": challenge}
    config = Config.model_validate({"domain": DOMAIN, "tls": tls})
    with proven(config, tmp_path, [DOMAIN]) as refused:
        assert isinstance(refused, Refusal)
    assert any(one.startswith(case.host) for one in way.asked)
    assert refused.message.startswith(f"{DOMAIN}: {case.title} refuses the credentials")
    assert case.needed in refused.remedy
    assert _SECRET not in f"{refused}"


async def test_google_does_not_know_the_account(ordering: Ordering, way: Way) -> None:
    refused = await ordering.refused("google", service_account(way))
    assert _TOKEN in way.asked
    assert refused.code == "credentials"
    assert "Google Cloud DNS refuses the credentials" in refused.message
    assert "DNS Administrator" in refused.remedy


async def test_a_provider_that_cannot_be_reached_is_another_matter(
    ordering: Ordering, way: Way
) -> None:
    way.answer = None
    refused = await ordering.refused("digitalocean", CREDENTIALS["digitalocean"])
    assert "api.digitalocean.com" in way.asked
    assert refused.code == "directory-away"
    assert "the DNS provider's, cannot be reached" in refused.message


SHARE = f"share.{DOMAIN}"


async def test_acme_dns_proves_wildcards_by_records_that_the_zone_delegates(
    ordering: Ordering, names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(AcmeDns(names).answer) as url:
        accounts = {}
        for name in (DOMAIN, SHARE):
            account = http.post(f"{url}/register").json()
            accounts[name] = {**account, "server_url": url}
            alias = f"_acme-challenge.{name}."
            monkeypatch.setitem(names.aliases, alias, f"{account['fulldomain']}.")
        outcome = await ordering.order("acme-dns", json.dumps(accounts), f"*.{SHARE}")
        assert outcome.refusal is None
        assert outcome.certificate is not None
        assert set(outcome.certificate.names) == {DOMAIN, f"*.{DOMAIN}", f"*.{SHARE}"}

        # What a zone lacks is told as the record that has to be added.
        names.aliases.clear()
        refused = await ordering.refused("acme-dns", json.dumps(accounts))
        wanted = f"_acme-challenge.{DOMAIN} CNAME {accounts[DOMAIN]['fulldomain']}."
        assert refused.remedy.startswith(
            f"The zone needs these records: {wanted} It is asked again"
        )
        assert "did not see the record" in refused.message

        del accounts[DOMAIN]
        refused = await ordering.refused("acme-dns", json.dumps(accounts))
    assert refused.code == "credentials"
    assert f"no account for {DOMAIN}; they have for {SHARE}" in refused.message


@pytest.fixture(scope="module")
def desec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a package of somebody else was installed."""
    folder = tmp_path_factory.mktemp("plugins")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*install, str(folder), "certbot-dns-desec==1.3.2"], check=True, timeout=300)
    return folder


async def test_a_plugin_of_others_that_was_installed_is_used(
    ordering: Ordering, names: NameServer, desec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = await ordering.refused("desec", "dns_desec_token = x", plugin="dns-desec")
    assert refused.code == "plugin"
    assert "certbot does not know the plugin" in refused.message
    assert "docs/tls.md#other-dns-providers" in refused.remedy

    monkeypatch.setenv("CERTBOT_PLUGIN_PATH", str(desec))
    with answering(DeSec(names, DOMAIN, _SECRET).answer) as url:
        wrong = f"dns_desec_token = wrong\ndns_desec_endpoint = {url}"
        refused = await ordering.refused("desec", wrong, plugin="dns-desec")
        assert refused.code == "credentials"
        assert "the DNS provider of dns-desec refuses the credentials" in refused.message

        right = f"dns_desec_token = {_SECRET}\ndns_desec_endpoint = {url}"
        outcome = await ordering.order("desec", right, plugin="dns-desec")
    assert outcome.refusal is None
    assert outcome.certificate is not None
    assert set(outcome.certificate.names) == {DOMAIN, f"*.{DOMAIN}"}
