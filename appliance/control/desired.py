"""What the YAML asks of the app host."""

from pathlib import Path

from appliance.apps.model import AppSpec, Desired, Identity, Placement
from appliance.config.access import guards, members_only
from appliance.config.addresses import Address, address
from appliance.config.schema import Config


def specs(config: Config, base_folder: Path, identity_key: str = "") -> Desired:
    """What the app host should run, in the order of the file.

    `identity_key` is the public key (PEM) of the assertions about visitors.
    """
    keys = (identity_key,) if identity_key and guards(config) else ()
    apps = (
        AppSpec(
            name=name,
            app=app,
            placement=_placement(address(config, name)),
            identity=Identity(keys=keys, required=bool(keys) and members_only(config, name)),
        )
        for name, app in config.apps.items()
    )
    return Desired(
        apps=tuple(apps), base_folder=str(base_folder), telemetry=config.analytics.gradio
    )


def _placement(place: Address) -> Placement:
    return Placement(root=place.root, path=place.path)
