"""The shape of `visits` in `appliance.yaml`."""

from datetime import timedelta

from pydantic import Field

from appliance.config.section import Section
from appliance.config.units import Duration


class Visits(Section):
    """Counting of visits to apps and shares: no cookies, and no addresses are kept."""

    keep: Duration = Field(
        timedelta(days=400),
        ge=timedelta(days=1),
        description="How long a day's numbers are kept; those of hours go after a week.",
    )
