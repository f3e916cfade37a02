"""What every mapping of `appliance.yaml` is."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator


class Section(BaseModel):
    """A mapping in the YAML: immutable, strict about types, closed to unknown keys.

    Lists are strict about what they hold, not about which of Python's sequences holds it: YAML
    and JSON readers make lists, the frozen model keeps tuples.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    whole_file: ClassVar[bool] = False
    """A file that is empty says nothing; a key without a value is a mistake or means absent."""

    @model_validator(mode="before")
    @classmethod
    def _empty_means_absent(cls, data: Any) -> Any:
        """`apps:` with nothing (or only comments) below it is the same as no `apps` at all."""
        if not isinstance(data, dict):
            return {} if data is None and cls.whole_file else data
        return {k: v for k, v in data.items() if v is not None or k not in cls.model_fields}
