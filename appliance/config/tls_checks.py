"""Contradictions about HTTPS."""

from collections.abc import Iterator
from datetime import timedelta

from appliance.config.addresses import is_ip
from appliance.config.findings import Finding, Reporter
from appliance.config.schema import Config
from appliance.config.tls import DnsChallenge

_NEEDS_NO_FILE = ("google", "route53")
"""Providers that may know this machine by itself."""
_ONLY_FOR = {
    "certificates": "files",
    "email": "certbot",
    "directory": "certbot",
    "directory_ca": "certbot",
    "challenge": "certbot",
    "reuse_key": "certbot",
    "eab": "certbot",
    "trusted_proxies": "off",
}
_A_YEAR = timedelta(days=365)


def tls_contradictions(config: Config, report: Reporter) -> Iterator[Finding]:
    """All of them, errors and warnings."""
    if not config.public:
        if config.tls.mode not in (None, "off"):
            yield report.at(
                ("tls", "mode"),
                "tls-unused",
                "without effect while nobody but this machine can connect",
                expected="a `domain`",
                severity="warning",
            )
        return
    yield from _without_effect(config, report)
    match config.tls_mode:
        case "off":
            yield from _off(config, report)
        case "files":
            yield from _files(config, report)
        case "certbot":
            yield from _certbot(config, report)
        case "local-ca":
            pass
    yield from _hsts(config, report)


def _without_effect(config: Config, report: Reporter) -> Iterator[Finding]:
    for key in sorted(config.tls.model_fields_set & _ONLY_FOR.keys()):
        needed = _ONLY_FOR[key]
        if needed != config.tls_mode:
            problem = f"without effect while `tls.mode` is `{config.tls_mode}`"
            yield report.at(
                ("tls", key),
                "tls-unused",
                problem,
                on="key",
                expected=f"`mode: {needed}`",
                severity="warning",
            )


def _off(config: Config, report: Reporter) -> Iterator[Finding]:
    if not config.tls.trusted_proxies:
        yield report.at(
            ("tls", "mode"),
            "no-tls",
            "in public mode everything would travel readable for all on the way, passwords too",
            expected="`local-ca`, `files` or `certbot`; or, if a proxy in front adds TLS, "
            "`trusted_proxies` with its networks",
        )


def _files(config: Config, report: Reporter) -> Iterator[Finding]:
    if not config.tls.certificates:
        yield report.at(
            ("tls", "certificates"),
            "no-certificates",
            "mode `files` needs them",
            expected="`certificates: [{chain: tls/fullchain.pem, key: {file: tls/privkey.pem}}]`",
        )


def _certbot(config: Config, report: Reporter) -> Iterator[Finding]:
    at = ("tls", "mode")
    challenge = config.tls.challenge
    if config.domain is not None and is_ip(config.domain):
        problem = f"no certificate authority is asked for an IP address such as {config.domain}"
        yield report.at(at, "tls-address", problem, expected="a name as `domain`, or `local-ca`")
    if challenge == "http" and config.ports.http != 80:
        yield report.at(
            ("ports", "http"),
            "challenge-port",
            "the authority looks at port 80 of the domain; something must lead from there to "
            f"{config.ports.http}",
            expected="80, or `challenge: {dns: …}`",
            severity="warning",
        )
    if (
        isinstance(challenge, DnsChallenge)
        and challenge.dns is not None
        and challenge.credentials is None
        and challenge.dns not in _NEEDS_NO_FILE
    ):
        yield report.at(
            ("tls", "challenge", "credentials"),
            "no-credentials",
            f"{challenge.dns} lets nobody change a zone without",
            expected=f"`credentials: {{file: secrets/{challenge.dns}.ini}}`",
        )


def _hsts(config: Config, report: Reporter) -> Iterator[Finding]:
    hsts = config.tls.hsts
    if hsts is not None and hsts.preload and not (hsts.subdomains and hsts.max_age >= _A_YEAR):
        yield report.at(
            ("tls", "hsts", "preload"),
            "hsts-preload",
            "browser makers take only what covers sub-domains for a year",
            expected="`subdomains: true` and `max_age: 365d` or more",
        )
