"""By which names visitors come, as far as the YAML says so itself; all else follows from it."""

from collections.abc import Mapping

from pydantic import Field

from appliance.config.addresses import share_domain
from appliance.config.checks import contradictions
from appliance.config.findings import Reporter
from appliance.config.schema import Config
from appliance.document import Document

_ABOUT_NAMES = frozenset(
    {"same-address", "host-is-domain", "share-is-domain", "app-in-share-domain", "no-sub-domain"}
)


class Spot(Document):
    """Where the YAML puts an app; both absent: a name below the domain."""

    host: str | None = None
    path: str | None = None


class Naming(Document):
    """The names of one configuration in public mode."""

    domain: str
    share: str | None = None
    """The domain of links to shares; None: nothing is shared."""
    apps: Mapping[str, Spot] = Field(default_factory=dict)


def naming(config: Config) -> Naming | None:
    """The names of a configuration; None in local mode, where any name of loopback will do."""
    if not config.public or config.domain is None:
        return None
    return Naming(
        domain=config.domain,
        share=share_domain(config),
        apps={name: Spot(host=app.host, path=app.path) for name, app in config.apps.items()},
    )


def named(config: Config, former: Naming) -> Config:
    """The same configuration under names of before; what is new in it has its own."""
    apps = {
        name: app.model_copy(update=dict(former.apps[name])) if name in former.apps else app
        for name, app in config.apps.items()
    }
    share = config.share
    if share is not None and former.share is not None:
        share = share.model_copy(update={"domain": former.share})
    return config.model_copy(update={"domain": former.domain, "apps": apps, "share": share})


def collides(config: Config) -> bool:
    """Whether two things have one name: a file that says so would have been refused."""
    return any(found.code in _ABOUT_NAMES for found in contradictions(config, Reporter("")))
