"""The `auth` section of the YAML, and who may see an app."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from appliance.config.kept import Kept
from appliance.config.providers import GroupName, Provider, ProviderName
from appliance.config.section import Section
from appliance.config.units import Duration, Expiry, Says

PersonName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9._@+-]{0,62}[a-z0-9])?$"),
    Says("a name of at most 64 small letters, digits and inner . _ @ + -", "ada"),
]
PasswordHash = Annotated[
    str,
    StringConstraints(pattern=r"^\$argon2id\$[!-~]{20,280}$"),
    Says(
        "what `scripts/appliance users hash-password` prints, in single quotes",
        "'$argon2id$v=19$…'",
    ),
]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[!-?A-~]{1,64}@[a-z0-9]([a-z0-9.-]{0,186}[a-z0-9])?$"),
    Says("an e-mail address", "ada@example.org"),
]


class Members(Section):
    """People who are named and members of groups; being either is enough."""

    users: tuple[PersonName, ...] = Field((), strict=False, description="Names of people.")
    groups: tuple[GroupName, ...] = Field((), strict=False, description="Names of groups.")


Access = Annotated[
    Literal["public", "signed-in"] | Members,
    Says("`public`, `signed-in` or {users: [names], groups: [names]}", "{groups: [lab]}"),
]


class User(Section):
    """Somebody the YAML names; pages and commands cannot change what is said here."""

    password_hash: PasswordHash | None = Field(
        None,
        repr=False,
        description="From `scripts/appliance users hash-password`; absent: signs in by a provider.",
    )
    full_name: str = Field("", max_length=200, description="What the person is called on pages.")
    email: Email | None = Field(None, description="A verified address of the person.")
    groups: tuple[GroupName, ...] = Field(
        (), strict=False, max_length=64, description="Groups the person is in."
    )
    admin: bool = Field(False, description="May look after people, apps and shares on the pages.")
    disabled: bool = Field(False, description="May not sign in.")


class SessionLives(Section):
    """How long somebody stays signed in."""

    idle: Duration = Field(
        timedelta(days=7),
        ge=timedelta(minutes=1),
        description="Without a single request, on any host.",
    )
    longest: Duration = Field(
        timedelta(days=30), ge=timedelta(minutes=1), description="In any case."
    )


class LockoutRules(Section):
    """What happens after failed attempts to sign in."""

    failures: int = Field(
        5,
        ge=1,
        le=100,
        description="Of one account from one address; four times as many from an address on all"
        " accounts, ten times as many on an account from everywhere.",
    )
    within: Duration = Field(
        timedelta(minutes=15), ge=timedelta(seconds=1), description="Older failures do not count."
    )
    lasts: Duration = Field(
        timedelta(minutes=15),
        ge=timedelta(seconds=1),
        description="How long nothing is tried then; doubles each time, up to a day.",
    )


class AuditRules(Section):
    """What was done and by whom."""

    keep: Expiry = Field(
        timedelta(days=365),
        description="How long an event is kept, e.g. 90d; `none`: for ever. Takes effect on what is"
        " there when the file is saved.",
    )

    @field_validator("keep")
    @classmethod
    def _whole_days(cls, value: timedelta | Literal["none"]) -> timedelta | Literal["none"]:
        # What happened today must be there when somebody looks tomorrow.
        if value != "none" and value < timedelta(days=1):
            raise ValueError("expected at least 1d, or `none`")
        return value


Demanded = Annotated[
    Literal["off", "optional", "required"], Says("`off`, `optional` or `required`", "required")
]


class SecondFactorRules(Section):
    """Whom a second factor is asked of; the strictest rule about a person counts."""

    everyone: Demanded = Field("optional", description="Rule for all.")
    admins: Demanded | None = Field(None, description="Rule for administrators.")
    groups: dict[GroupName, Demanded] = Field({}, description="Rules for members of groups.")


class Auth(Section):
    """Who may sign in, and what the others may see."""

    database: Kept | None = Field(
        None,
        description="Where the URL of a PostgreSQL database is kept, for people, sessions, tokens"
        " and the audit: `postgresql://user:password@host/name`. Absent: a file in the data"
        " folder. Read when the appliance starts.",
    )
    default: Access | None = Field(
        None,
        description="Access to apps without an `access` of their own;"
        " absent: `signed-in` in public mode, `public` in local mode.",
    )
    users: dict[PersonName, User] = Field(
        {},
        description="People by name, beside those made with `scripts/appliance users` or on "
        "the pages.",
    )
    sessions: SessionLives = Field(SessionLives(), description="How long somebody stays signed in.")
    lockout: LockoutRules = Field(LockoutRules(), description="After failed attempts.")
    audit: AuditRules = Field(AuditRules(), description="What was done and by whom.")
    second_factor: Annotated[
        Literal["off", "optional", "required"] | SecondFactorRules,
        Says(
            "`off`, `optional`, `required` or {everyone: …, admins: …, groups: {…}}",
            "{admins: required}",
        ),
    ] = Field(
        "optional",
        description="An authenticator app or a passkey beside the password. `optional`: who has"
        " set one up is asked for it; `required`: whoever has none sets one up at the next"
        " sign-in.",
    )
    providers: dict[ProviderName, Provider] = Field(
        {}, description="Sign-in with accounts from elsewhere, in the order of the buttons."
    )
