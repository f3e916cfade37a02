"""Who may see what and how often, as the YAML says it: the one place that knows the defaults."""

from typing import Literal

from appliance.config.auth import Access, Members
from appliance.config.rates import RateLimit
from appliance.config.schema import Config
from appliance.config.sharing import Sharing


def guards(config: Config) -> bool:
    """Whether people can sign in, and apps learn who they are.

    Where strangers come by, nothing is open to them that the YAML does not open.
    """
    return config.auth is not None or config.public


def default_access(config: Config) -> Access:
    """For an app without an `access` of its own."""
    if not guards(config):
        return "public"
    said = config.auth.default if config.auth else None
    return said or ("signed-in" if config.public else "public")


def access(config: Config, name: str) -> Access:
    """For the app `name`. Raises `KeyError` if there is no such app."""
    return config.apps[name].access or default_access(config)


def members_only(config: Config, name: str) -> bool:
    """Whether nobody sees the app without being known."""
    return guards(config) and access(config, name) != "public"


def named(config: Config) -> frozenset[str]:
    """Everybody whom a rule names: who has that name has what it opens."""
    rules = [default_access(config), *(access(config, name) for name in config.apps)]
    if config.share is not None:
        rules.append(config.share.who_can_view)
    return frozenset(name for rule in rules if isinstance(rule, Members) for name in rule.users)


def rate_limit(config: Config, name: str) -> RateLimit:
    """How often the app `name` may be called. Raises `KeyError` if there is no such app."""
    return config.apps[name].rate_limit or config.rate_limit


def needs_key(config: Config) -> bool:
    """Whether one shares with a key only."""
    return config.share is not None and who_can_share(config, config.share) == "key"


def who_can_share(config: Config, share: Sharing) -> Literal["anyone", "key"]:
    return share.who_can_share or ("key" if config.public else "anyone")
