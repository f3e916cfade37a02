"""Contradictions in `share`: with the rest of the file and with what exists."""

from collections.abc import Iterator

from appliance.config.addresses import address, is_ip, share_domain
from appliance.config.findings import Finding, Reporter
from appliance.config.schema import Config


def shares(config: Config, report: Reporter) -> Iterator[Finding]:
    """All of them, errors and warnings."""
    if config.share is None:
        return
    yield from _domain(config, report)
    yield from _port(config, report)
    yield from _policy(config, report)


def _domain(config: Config, report: Reporter) -> Iterator[Finding]:
    share, domain = config.share, share_domain(config)
    assert share is not None
    if domain is None:
        return  # `access: public` without a domain is a finding of its own
    if is_ip(domain) or (share.domain is None and is_ip(config.domain or "")):
        yield report.at(
            ("share", "domain") if share.domain else ("share",),
            "no-sub-domain",
            f"`{domain}` cannot have names below it, and each link is one",
            on="value" if share.domain else "key",
            expected="a `domain` in `share`, such as `share.example.org`",
        )
        return
    if config.public and domain == config.domain:
        yield report.at(
            ("share", "domain"),
            "share-is-domain",
            f"`{domain}` is the `domain` itself, whose names below it are apps",
            expected=f"a domain of its own, such as `share.{domain}`",
        )
    for name in config.apps:
        host = address(config, name).host
        if host is not None and (host == domain or host.partition(".")[2] == domain):
            yield report.at(
                ("apps", name, "host") if config.apps[name].host else ("apps", name),
                "app-in-share-domain",
                f"`{host}` lies where links to shares are (`{domain}`)",
                on="value" if config.apps[name].host else "key",
                expected="another host or name, or another `share.domain`",
            )


def _port(config: Config, report: Reporter) -> Iterator[Finding]:
    assert config.share is not None
    for key, port in config.ports:
        if config.share.port == port:
            problem = f"`ports.{key}` is {port} too"
            yield report.at(("share", "port"), "same-port", problem, expected="another port")


def _policy(config: Config, report: Reporter) -> Iterator[Finding]:
    share = config.share
    assert share is not None
    if config.public and share.who_can_share == "anyone":
        yield report.at(
            ("share", "who_can_share"),
            "open-relay",
            "everyone on the Internet can publish pages under your domain",
            expected="`key`, unless a firewall guards the port",
            severity="warning",
        )
