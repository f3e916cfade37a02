"""What a key takes, in plain words: read off the schema's types, for errors and the reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from appliance.config.units import Says


@dataclass(frozen=True)
class Kind:
    """What may stand somewhere in the YAML."""

    words: str
    """`a size`, `a list of origins`."""
    example: str = ""
    """As it would be written: `5mb`."""
    keys: Mapping[str, FieldInfo] = field(default_factory=dict)
    """The keys of a section; empty otherwise."""
    name: "Kind | None" = None
    """What a mapping's keys are, where people choose them."""
    each: "Kind | None" = None
    """What a list's or a mapping's values are."""
    literals: tuple[str, ...] = ()
    model: type[BaseModel] | None = None
    """The section's class."""

    @property
    def expected(self) -> str:
        return f"{self.words}, such as {self.example}" if self.example else self.words

    def child(self, key: str | int) -> "Kind | None":
        """What stands under a key or index; None where the schema knows nothing."""
        if key in self.keys and isinstance(key, str):
            info = self.keys[key]
            return kind(info.annotation, *info.metadata)
        return self.each


def kind(annotation: Any, *metadata: Any) -> Kind:
    """The kind of a (possibly annotated) type."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return kind(inner, *more, *metadata)
    bare = _bare(annotation, metadata)
    said = next((item for item in metadata if isinstance(item, Says)), None)
    return replace(bare, words=said.words, example=said.example) if said else bare


def _bare(annotation: Any, metadata: tuple[Any, ...]) -> Kind:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _union([kind(item) for item in arguments if item is not NoneType])
    if origin is Literal:
        return Kind(_either([f"`{item}`" for item in arguments]), literals=arguments)
    if origin is tuple:
        return Kind(f"a list, each item {kind(arguments[0]).words}", each=kind(arguments[0]))
    if origin is dict:
        name, each = kind(arguments[0]), kind(arguments[1])
        return Kind(f"`name: value` pairs, each {each.words}", name=name, each=each)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _section(annotation)
    return _plain(annotation, metadata)


def _plain(annotation: Any, metadata: tuple[Any, ...]) -> Kind:
    if annotation is bool:
        return Kind("`true` or `false`", literals=("true", "false"))
    words = {int: "a whole number", float: "a number", str: "text"}.get(annotation, "a value")
    return Kind(words + _bounds(metadata))


@cache
def _section(model: type[BaseModel]) -> Kind:
    required = [f"`{name}`" for name, info in model.model_fields.items() if info.is_required()]
    names = (
        f"at least {', '.join(required)}" if required else f"keys: {', '.join(model.model_fields)}"
    )
    return Kind(f"a section with {names}", keys=model.model_fields, model=model)


def _union(kinds: list[Kind]) -> Kind:
    first = kinds[0] if len(kinds) == 1 else None
    return first or Kind(
        _either([item.words for item in kinds]),
        keys=next((item.keys for item in kinds if item.keys), {}),
        model=next((item.model for item in kinds if item.model), None),
        literals=tuple(text for item in kinds for text in item.literals),
    )


def _bounds(metadata: tuple[Any, ...]) -> str:
    lower = next((item.ge for item in metadata if isinstance(item, Ge)), None)
    upper = next((item.le for item in metadata if isinstance(item, Le)), None)
    if lower is not None and upper is not None:
        return f" from {lower} to {upper}"
    return f", at least {lower}" if lower is not None else ""


def _either(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
