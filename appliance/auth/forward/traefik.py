"""What Traefik and ForwardAuth agree on."""

ANSWER_HEADERS = (
    "Authorization",
    "Cookie",
    "Remote-Email",
    "Remote-Groups",
    "Remote-Name",
    "Remote-User",
    "X-Appliance-Identity",
    "X-Hf-Authorization",
)
"""Headers of the request that Traefik replaces by those of our answer, or removes."""
WHERE_HEADER = "X-Real-Ip"
"""The same, where a proxy in front is trusted: else Traefik itself says it."""
ASKED_HEADERS = (
    "Accept",
    "Access-Control-Request-Method",
    "Authorization",
    "Cookie",
    "Origin",
    "Referer",
    "Sec-Fetch-Dest",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Site",
    "X-Hf-Authorization",
)
"""All that Traefik passes on to us, beside what it says itself (`X-Forwarded-*`)."""


LEFTOVERS_PATH = "/leftovers"
"""The path that Traefik asks ForwardAuth at where nobody can sign in, about requests that carry
something of ours all the same, from a time when people could."""
SHARES_PATH = "/shares"
"""The path that Traefik asks ForwardAuth at for links to shares."""


def guard_path(app: str) -> str:
    """The path that Traefik asks ForwardAuth at for an app."""
    return f"/app/{app}"
