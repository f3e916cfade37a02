"""What certbot is asked: an order in, a certificate or a problem out.

Nothing of certbot's own lasts but the account: each order is a lineage of its own, taken into the
store and removed. So whenever a run is killed, the next one starts from a clean state.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

import appliance
from appliance import disk
from appliance.certs.lineage import NAME, Lineages
from appliance.certs.model import Certificate
from appliance.certs.providers import provider_of
from appliance.certs.refusals import Refusal, Said, refusal, refused_names
from appliance.certs.remedies import BUSY
from appliance.certs.running import run
from appliance.config.schema import Config
from appliance.config.secrets import resolve
from appliance.config.tls import DnsChallenge

DIRECTORIES = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "letsencrypt-staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}
_Options = Mapping[str, str | bool]
_TURNS = 30
"""How often, a second apart, to look whether a run of an earlier life of ours is over."""
_FORGOTTEN = re.compile(r"accountDoesNotExist|Account \S+ not found")
_KEPT_VARIABLES = ("PATH", "LANG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_ROOTS = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE", "HTTPLIB2_CA_CERTS")
"""By which the libraries that certbot and its plugins use hear whom to trust."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run. Some names may be refused while others have their certificate."""

    certificate: Certificate | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Certbot:
    """Its folder, and where relative paths of the YAML start."""

    folder: Path
    base: Path

    @property
    def webroot(self) -> Path:
        """Tokens for HTTP challenges appear below `.well-known/acme-challenge`."""
        return self.folder / "webroot"

    @property
    def _lineages(self) -> Lineages:
        return Lineages(self.folder / "config")

    async def order(
        self, config: Config, names: Sequence[str], former: Certificate | None = None
    ) -> Outcome:
        """Ask for one certificate, with the key of `former`; its lineage stays until `forget`.

        Raises `SecretError` and `OSError`.
        """
        for _ in range(_TURNS):
            self._prepare()
            if former is not None:
                self._lineages.tell(former, _server(config))
            try:
                said = await self._certonly(config, names)
            finally:
                self.hide()
            if not re.search(BUSY, said.text):
                break
            await asyncio.sleep(1)
        certificate = next(iter(self.left_over()), None)
        missing = refused_names(names, certificate.names if certificate else ())
        if not missing:
            return Outcome(certificate)
        challenge = config.tls.challenge
        asked = provider_of(challenge) if isinstance(challenge, DnsChallenge) else None
        return Outcome(certificate, refusal(said, missing, asked))

    async def _certonly(self, config: Config, names: Sequence[str]) -> Said:
        options = {**self._common(config), **self._challenge(config)}
        options |= {
            "cert-name": NAME,
            "reuse-key": config.tls.reuse_key,
            # Of a certificate whose key is used again, neither its age nor its names matter.
            "force-renewal": True,
            "renew-with-new-domains": True,
            "domains": ",".join(names),
            "key-type": "ecdsa",
            "elliptic-curve": "secp256r1",
            # certbot refuses this for wildcards.
            "allow-subset-of-names": not any("*" in name for name in names),
        }
        said = await self._run("certonly", options, config)
        if _FORGOTTEN.search(said.text):
            # The authority has forgotten us; certbot would insist for ever.
            shutil.rmtree(self.folder / "config" / "accounts", ignore_errors=True)
            said = await self._run("certonly", {**options, **self._challenge(config)}, config)
        return said

    async def revoke(self, config: Config, certificate: Certificate) -> Refusal | None:
        """Tell the authority that nobody should trust it any more. Raises as `order` does."""
        self._prepare()
        pair = self.folder / "revoked.pem"
        disk.write(pair, certificate.pem)
        options = {
            **self._common(config),
            "cert-path": str(pair),
            "key-path": str(pair),
            "no-delete-after-revoke": True,
        }
        try:
            said = await self._run("revoke", options, config)
        finally:
            pair.unlink(missing_ok=True)
        return None if "Congratulations" in said.text else refusal(said, certificate.names)

    def trial(self, config: Config, names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        """Arguments and environment of `appliance.certs.trial`. Raises as `order` does."""
        self._prepare()
        options = self._challenge(config)
        plugin = str(options.pop("authenticator"))
        said = [f"--{name}={value}" for name, value in options.items()]
        ours = {"PYTHONPATH": str(Path(appliance.__file__).parent.parent)}
        return [plugin, *names, "--", *said], self._environment(config) | ours

    def left_over(self) -> tuple[Certificate, ...]:
        """What a run has made and nobody has taken yet, perhaps because we were ended."""
        return self._lineages.made()

    def forget(self) -> None:
        """Nothing is left of former runs but the account. Raises `OSError`."""
        self._lineages.forget()
        self.hide()

    def hide(self) -> None:
        """No secret and no token outlives its run. Raises `OSError`."""
        for file in (self._credentials, self._options):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.webroot / ".well-known", ignore_errors=True)

    def _prepare(self) -> None:
        for folder in (self.folder, self.folder / "config", self.webroot):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.forget()

    def _common(self, config: Config) -> dict[str, str | bool]:
        tls = config.tls
        options: dict[str, str | bool] = {
            "config-dir": str(self.folder / "config"),
            "work-dir": str(self.folder / "work"),
            "logs-dir": str(self.folder / "logs"),
            "max-log-backups": "20",
            "server": _server(config),
            "non-interactive": True,
            "agree-tos": True,
            "no-eff-email": True,
        }
        if tls.email is None:
            options["register-unsafely-without-email"] = True
        else:
            options["email"] = tls.email
        if tls.eab is not None:
            options["eab-kid"] = tls.eab.key_id
            options["eab-hmac-key"] = resolve(tls.eab.hmac_key, self.base).reveal()
        return options

    def _challenge(self, config: Config) -> dict[str, str | bool]:
        challenge = config.tls.challenge
        if not isinstance(challenge, DnsChallenge):
            return {"webroot": True, "webroot-path": str(self.webroot)}
        plugin = challenge.authenticator
        options: dict[str, str | bool] = {"authenticator": plugin}
        if challenge.propagation is not None and challenge.dns != "route53":
            seconds = int(challenge.propagation.total_seconds())
            options[f"{plugin}-propagation-seconds"] = str(seconds)
        if challenge.credentials is not None:
            content = resolve(challenge.credentials, self.base).reveal()
            disk.write(self._credentials, content + "\n")
            if challenge.dns != "route53":
                options[f"{plugin}-credentials"] = str(self._credentials)
        return options

    @property
    def _options(self) -> Path:
        return self.folder / "run.ini"

    @property
    def _credentials(self) -> Path:
        return self.folder / "credentials"

    async def _run(self, verb: str, options: _Options, config: Config) -> Said:
        """All that certbot wrote."""
        log = self.folder / "logs" / "letsencrypt.log"
        former = _mark(log)
        disk.write(self._options, _ini(options))
        try:
            text = await run(verb, self._options, self._environment(config))
        finally:
            self._options.unlink(missing_ok=True)
            self._credentials.unlink(missing_ok=True)
        # A run that ends too early has no log of its own.
        new = _mark(log) not in {None, former}
        return Said(text, log.read_text(errors="replace") if new else "", datetime.now(UTC))

    def _environment(self, config: Config) -> dict[str, str]:
        kept = (*_KEPT_VARIABLES, *(name.lower() for name in _KEPT_VARIABLES[2:5]))
        found = {name: os.environ[name] for name in kept if name in os.environ}
        aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        # Its own files of defaults, in a home, are not for us.
        found |= {"HOME": str(self.folder), "PYTHONUNBUFFERED": "1"} | aws
        if self._credentials.exists():
            found["AWS_SHARED_CREDENTIALS_FILE"] = str(self._credentials)
        # Where our own plugin is, and perhaps a user's: after certbot's own packages.
        ours, theirs = Path(appliance.__file__).parent.parent, os.environ.get("CERTBOT_PLUGIN_PATH")
        found["CERTBOT_PLUGIN_PATH"] = f"{ours}:{theirs}" if theirs else str(ours)
        return found | dict.fromkeys(_ROOTS, str(self._roots(config)))

    def _roots(self, config: Config) -> Path:
        """All whom this machine trusts, and the authority's server: one file serves them all."""
        named, private = os.environ.get("SSL_CERT_FILE"), config.tls.directory_ca
        files = [Path(DEFAULT_CA_BUNDLE_PATH)]
        files += [Path(named)] if named else []
        files += [self.base / private] if private else []
        bundle = self.folder / "roots.pem"
        disk.write(bundle, "\n".join(file.read_text() for file in files))
        return bundle


def _server(config: Config) -> str:
    directory = config.tls.directory
    return DIRECTORIES.get(directory, directory)


def _mark(file: Path) -> tuple[int, ...] | None:
    """Which file it is and how much is in it; None if there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _ini(options: _Options) -> str:
    lines = [
        f"{name} = {str(value).lower() if isinstance(value, bool) else value}"
        for name, value in options.items()
    ]
    return "\n".join(lines) + "\n"
