"""Where secrets are kept: the YAML never holds one itself."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from appliance.config.section import Section
from appliance.config.units import Says

EnvName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"),
    Says("a variable name of letters, digits and _", "MODEL_NAME"),
]


class SecretRef(Section):
    """Where a secret lives. The YAML never holds the secret itself."""

    env: EnvName | None = Field(None, description="Name of an environment variable.")
    file: str | None = Field(None, description="File whose content is the secret.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("a secret is either {env: NAME} or {file: path}")
        return self


Kept = Annotated[
    SecretRef, Says("the place where the secret is kept", "{file: secrets/token} or {env: TOKEN}")
]
