from pathlib import Path

import pytest

from appliance.config.findings import ConfigError
from appliance.config.loading import load_text


def found(text: str) -> list[tuple[str, str, int, str]]:
    """Code, key, line and severity of each finding."""
    try:
        findings = load_text(text, Path("appliance.yaml")).warnings
    except ConfigError as error:
        findings = error.findings
    return [(f.code, f.key, f.line, f.severity) for f in findings]


DOMAIN = "domain: x.org\n"


@pytest.mark.parametrize(
    "tls",
    [
        "{}",
        "{mode: local-ca}",
        "{mode: files, certificates: [{chain: c.pem, key: {file: k.pem}}]}",
        "{mode: certbot, email: a@x.org}",
        "{mode: certbot, challenge: {dns: cloudflare, credentials: {file: c.ini}}}",
        "{mode: certbot, challenge: {dns: route53}}",
        "{mode: certbot, challenge: {dns: acme-dns, credentials: {file: c.json}}}",
        "{mode: certbot, challenge: {plugin: dns-standalone}, reuse_key: true}",
        "{mode: 'off', trusted_proxies: [10.0.0.0/8, '2001:db8::1']}",
        "{hsts: {max_age: 365d, subdomains: true, preload: true}}",
    ],
)
def test_each_mode_with_what_it_needs_is_fine(tls):
    assert found(f"{DOMAIN}tls: {tls}\n") == []


@pytest.mark.parametrize(
    ("tls", "code", "key"),
    [
        ("{mode: 'off'}", "no-tls", "tls.mode"),
        ("{mode: files}", "no-certificates", "tls.certificates"),
        (
            "{mode: certbot, challenge: {dns: ovh}}",
            "no-credentials",
            "tls.challenge.credentials",
        ),
        ("{hsts: {preload: true}}", "hsts-preload", "tls.hsts.preload"),
        ("{mode: 'off', trusted_proxies: [0.0.0.0/0]}", "wrong-value", "tls.trusted_proxies[0]"),
        ("{mode: 'off', trusted_proxies: [proxy]}", "wrong-value", "tls.trusted_proxies[0]"),
        ("{directory: http://ca.example.org}", "wrong-value", "tls.directory"),
        ("{challenge: {dns: bind}}", "wrong-value", "tls.challenge.dns"),
        ("{challenge: {plugin: ../x}}", "wrong-value", "tls.challenge.plugin"),
        ("{challenge: {dns: ovh, plugin: dns-ovh}}", "wrong-type", "tls.challenge"),
        ("{challenge: {propagation: 5s}}", "wrong-type", "tls.challenge"),
    ],
)
def test_what_cannot_be_meant_is_refused(tls, code, key):
    assert found(f"{DOMAIN}tls: {tls}\n") == [(code, key, 2, "error")]


def test_no_authority_is_asked_for_an_address():
    text = "domain: 192.0.2.7\ntls: {mode: certbot}\n"
    assert found(text) == [("tls-address", "tls.mode", 2, "error")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("tls: {mode: local-ca}\n", "tls.mode"),
        (f"{DOMAIN}tls: {{email: a@x.org}}\n", "tls.email"),
        (f"{DOMAIN}tls: {{trusted_proxies: [10.0.0.1]}}\n", "tls.trusted_proxies"),
        (f"{DOMAIN}tls: {{challenge: http}}\n", "tls.challenge"),
    ],
)
def test_what_has_no_effect_is_said(text, key):
    (code, where, _, severity), *more = found(text)
    assert (code, where, severity, more) == ("tls-unused", key, "warning", [])


def test_the_authority_looks_at_port_80():
    text = f"{DOMAIN}ports: {{http: 8000}}\ntls: {{mode: certbot}}\n"
    assert found(text) == [("challenge-port", "ports.http", 2, "warning")]


@pytest.mark.parametrize("ports", ["{https: 80}", "{http: 8080}", "{local: 443}"])
def test_ports_differ(ports):
    assert [code for code, *_ in found(f"{DOMAIN}ports: {ports}\n")] == ["same-port"]
