"""Which key of the YAML a name comes from."""

from appliance.config.addresses import share_domain
from appliance.config.findings import KeyPath
from appliance.config.schema import Config


def key_of(name: str, config: Config) -> KeyPath:
    """The key whose change would change the name."""
    for app, kept in config.apps.items():
        if name == kept.host:
            return ("apps", app, "host")
    share = share_domain(config)
    if share is not None and name.removeprefix("*.") == share:
        return ("share", "domain") if config.share and config.share.domain else ("share",)
    app = name.partition(".")[0]
    if name == f"{app}.{config.domain}" and app in config.apps:
        return ("apps", app)
    return ("domain",)
