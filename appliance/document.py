"""What the processes of the appliance say to each other."""

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A JSON document between processes of one version of the appliance."""

    model_config = ConfigDict(extra="forbid", frozen=True)
