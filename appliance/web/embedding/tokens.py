"""What to put into a site's pages with a token that shows an app there."""

from appliance.config.addresses import link, origin_of
from appliance.config.schema import Config
from appliance.web.embedding.snippets import Target, snippets_with_token


def with_token(config: Config, name: str, secret: str) -> dict[str, str]:
    """By kind of page."""
    url = link(config, name)
    return snippets_with_token(Target(name, name, f"{url}/", origin_of(url)), secret)
