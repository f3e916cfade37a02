"""Headers that every request loses, and every answer: whoever sends them speaks for others."""

from appliance.config.addresses import trusted
from appliance.config.schema import Config
from appliance.config.tls import Hsts
from appliance.proxy.model import RequestHeaders

CLAIMS = "visitor-claims"
STRANGERS_CLAIMS = (
    "Forwarded",
    "Remote-Email",
    "Remote-Groups",
    "Remote-Name",
    "Remote-User",
    "X-Appliance-Identity",
    "X-Auth-Request-Email",
    "X-Auth-Request-Groups",
    "X-Auth-Request-User",
    "X-Forwarded-Email",
    "X-Forwarded-Groups",
    "X-Forwarded-Prefix",
    "X-Forwarded-User",
    "X-Gradio-Server",
    "X-Original-Url",
    "X-Remote-User",
    "X-Rewrite-Url",
)
"""Request headers that name a user or a proxy. X-Forwarded-For, -Host, -Proto and X-Real-Ip are
replaced by Traefik itself."""

_FOR_A_WHOLE_HOST = ("Clear-Site-Data", "NEL", "Report-To", "Service-Worker-Allowed")
"""Answer headers by which an app would speak for others: cookies of the whole domain are deleted,
what is opened on the host is reported to somebody, a service worker answers for all of it. What
they begin outlasts the app."""

_CLAIMS_BEHIND_A_PROXY = ("X-Forwarded-Host", "X-Forwarded-Method", "X-Forwarded-Uri")
"""From a proxy that is trusted Traefik takes them as they are, and many a proxy hands on what its
visitors wrote. What is asked for, and of which host, is what Traefik itself saw."""


def headers(config: Config) -> RequestHeaders:
    removed = (*STRANGERS_CLAIMS, *(_CLAIMS_BEHIND_A_PROXY if trusted(config) else ()))
    claims = tuple((name, "") for name in removed)
    hsts = config.tls.hsts if config.https else None
    answers = (
        *((name, "") for name in _FOR_A_WHOLE_HOST),
        *((("X-Content-Type-Options", "nosniff"),) if config.public else ()),
        *((("Strict-Transport-Security", _hsts(hsts)),) if hsts is not None else ()),
    )
    return RequestHeaders(CLAIMS, claims, answers)


def _hsts(hsts: Hsts) -> str:
    parts = [f"max-age={int(hsts.max_age.total_seconds())}"]
    parts += ["includeSubDomains"] if hsts.subdomains else []
    parts += ["preload"] if hsts.preload else []
    return "; ".join(parts)
