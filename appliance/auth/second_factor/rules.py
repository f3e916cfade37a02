"""What the YAML says about second factors."""

from appliance.auth.second_factor.factors import Demand, Demands
from appliance.config.auth import Auth, SecondFactorRules
from appliance.config.schema import Config


def demands(config: Config) -> Demands:
    """Of whom one is asked."""
    said = (config.auth or Auth()).second_factor
    if not isinstance(said, SecondFactorRules):
        return Demands(everyone=Demand[said.upper()])
    return Demands(
        everyone=Demand[said.everyone.upper()],
        admins=Demand[said.admins.upper()] if said.admins else None,
        groups={group: Demand[rule.upper()] for group, rule in said.groups.items()},
    )
