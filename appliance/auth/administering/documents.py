"""What the command line and the control process tell one another about people and tokens."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from appliance.auth.people.links import Kind
from appliance.auth.people.person import Person
from appliance.auth.tokens.token import Token, Use


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskedPerson(_Document):
    """Somebody to be made."""

    name: str
    password: SecretStr | None = None
    full_name: str = ""
    email: str | None = None
    groups: tuple[str, ...] = ()
    admin: bool = False


class AskedChange(_Document):
    """What becomes different; absent: nothing."""

    full_name: str | None = None
    email: str | None = None
    groups: tuple[str, ...] | None = None
    admin: bool | None = None
    disabled: bool | None = None


class AskedLink(_Document):
    """A one-time link to be made."""

    kind: Kind
    person: str = ""
    """Whose password it resets, or the name suggested to whom is invited."""
    email: str = ""
    groups: tuple[str, ...] = ()
    admin: bool = False


class AskedNote(_Document):
    """Something that was done by another process, for the audit."""

    kind: str = Field(pattern=r"^(app|certificate|key|share)\.[a-z-]+$")
    subject: str = ""
    app: str = ""
    detail: str = ""


class AskedToken(_Document):
    """A token to be made."""

    person: str
    label: str
    apps: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()
    networks: tuple[str, ...] = ()
    life: float | None = Field(None, gt=0)
    """Seconds."""
    origin: str = ""
    """Of the site in whose pages alone it shows the one app in `apps`; empty: for programs."""


def person_document(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "full_name": person.full_name,
        "email": person.email,
        "groups": sorted(person.groups),
        "admin": person.admin,
        "disabled": person.disabled,
        "declared": person.declared,
        "has_password": person.has_password,
        "created": person.created,
    }


def token_document(token: Token, person: str) -> dict[str, Any]:
    caveats = token.caveats
    return {
        "id": token.id,
        "person": person,
        "label": token.label,
        "apps": caveats.apps,
        "uses": caveats.uses,
        "networks": caveats.networks,
        "until": caveats.until,
        "origin": caveats.origin,
        "created": token.created,
        "last_used": token.last_used,
    }
