"""Where nobody can sign in: requests that carry something of ours, from a time when people could.

All others are nobody's business then, and need not be asked about.
"""

from dataclasses import replace

from appliance.proxy.model import Router

LEFTOVERS = "leftovers"
"""Name of the middleware that takes it out."""
_CARRIES_OURS = (
    "HeaderRegexp(`Cookie`, `(?i)appliance-`)"
    " || HeaderRegexp(`Authorization`, `(?i)^basic |^bearer hf_|gat_`)"
)
"""A cookie of ours, or what may be a token; in Basic it cannot be seen."""


def cleaned(router: Router) -> Router:
    """The same way for such requests. A longer path still wins over it."""
    first, *others = router.middlewares
    return replace(
        router,
        name=f"leftovers-{router.name}",
        rule=f"({router.rule}) && ({_CARRIES_OURS})",
        priority=router.priority + 1,
        middlewares=(first, LEFTOVERS, *others),
    )
