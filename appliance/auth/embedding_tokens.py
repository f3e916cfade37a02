"""Tokens that stand in a site's page and show one app there, to whoever opens the page."""

from urllib.parse import urlsplit

from appliance.auth.documents import AskedToken
from appliance.auth.tokens import InvalidCaveatError
from appliance.config.access import members_only
from appliance.config.addresses import link
from appliance.config.schema import Config
from appliance.web.embedding.snippets import Target, snippets_with_token


def check_site(config: Config, asked: AskedToken) -> None:
    """Raises `InvalidCaveatError` if the YAML does not let the site show the app."""
    if len(asked.apps) != 1 or asked.apps[0] not in config.apps:
        known = ", ".join(config.apps)
        raise InvalidCaveatError(f"Name one app of appliance.yaml: {known}.")
    name = asked.apps[0]
    if not members_only(config, name):
        raise InvalidCaveatError(f"{name} is public: its pages embed it without a token.")
    if asked.origin not in config.apps[name].embed.origins:
        raise InvalidCaveatError(
            f"{asked.origin} may not embed {name}. Add it to `apps.{name}.embed.origins` first."
        )


def with_token(config: Config, name: str, secret: str) -> dict[str, str]:
    """What to put into the pages of the site, by kind."""
    url = link(config, name)
    parts = urlsplit(url)
    target = Target(name, name, f"{url}/", f"{parts.scheme}://{parts.netloc}")
    return snippets_with_token(target, secret)
