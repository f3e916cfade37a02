"""Tokens that stand in a site's page and show one app there, to whoever opens the page."""

from appliance.auth.forward.policy import Ruling, rule
from appliance.auth.people.person import Person
from appliance.auth.tokens.token import InvalidCaveatError
from appliance.config.access import access, members_only
from appliance.config.schema import Config


def check_site(config: Config, apps: tuple[str, ...], origin: str, person: Person) -> None:
    """Raises `InvalidCaveatError` if the YAML does not let the site show the app as the person."""
    if len(apps) != 1 or apps[0] not in config.apps:
        known = ", ".join(config.apps)
        raise InvalidCaveatError(f"Name one app of appliance.yaml: {known}.")
    name = apps[0]
    if not members_only(config, name):
        raise InvalidCaveatError(f"{name} is public: its pages embed it without a token.")
    if rule(access(config, name))(person) is not Ruling.ADMITTED:
        raise InvalidCaveatError(
            f"{person.name} may not see {name}, so nobody could as {person.name}."
        )
    if "://" not in origin:
        raise InvalidCaveatError(f"Write the site with its scheme: https://{origin}")
    if origin not in config.apps[name].embed.origins:
        raise InvalidCaveatError(
            f"{origin} may not embed {name}. Add it to `apps.{name}.embed.origins` first."
        )
