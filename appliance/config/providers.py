"""`auth.providers`: accounts that exist elsewhere, and who of them may come in."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from appliance.config.kept import Kept
from appliance.config.section import Section
from appliance.config.units import Says

ProviderName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$"),
    Says("a name of at most 32 small letters, digits and inner dashes", "google"),
]
GroupName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$"),
    Says("a name of at most 64 small letters, digits and inner . _ -", "lab"),
]
Issuer = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s?#@]+$", max_length=300),
    Says("the URL that the provider calls its issuer", "https://sso.example.org/realms/lab"),
]
MailDomain = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"),
    Says("the part of an e-mail address after the @", "example.org"),
]
_ISSUERS = {"google": "https://accounts.google.com", "huggingface": "https://huggingface.co"}
_TITLES = {
    "github": "GitHub",
    "google": "Google",
    "huggingface": "Hugging Face",
    "keycloak": "Keycloak",
    "microsoft": "Microsoft",
    "oidc": "",
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Allow(Section):
    """Whose accounts there may come in; fulfilling one of these is enough."""

    everyone: bool = Field(False, description="Whoever has an account there.")
    domains: tuple[MailDomain, ...] = Field(
        (),
        strict=False,
        description="Verified e-mail addresses of these domains, not of domains below them.",
    )
    emails: tuple[str, ...] = Field((), strict=False, description="These verified addresses.")
    groups: tuple[str, ...] = Field(
        (), strict=False, description="Members of these groups, as the provider calls them."
    )


class Provider(Section):
    """One place where people have accounts already."""

    type: Literal["oidc", "google", "microsoft", "huggingface", "keycloak", "github"] = Field(
        description="`oidc` is any provider of OpenID Connect; the others are known by name."
    )
    title: str = Field(
        "", max_length=40, description="What the button says; absent: the provider's own name."
    )
    issuer: Issuer | None = Field(
        None, description="Where it is; needed for `oidc` and `keycloak`."
    )
    tenant: str | None = Field(
        None, description="`microsoft`: the id of the directory whose people may sign in."
    )
    client_id: str = Field(min_length=1, description="What the provider calls this appliance.")
    client_secret: Kept | None = Field(
        None, description="What it gave with the id; absent: a public client (PKCE alone)."
    )
    scopes: tuple[str, ...] = Field(
        (), strict=False, description="Asked for beside `openid profile email`."
    )
    allow: Allow | None = Field(
        None,
        description="Who may come in; absent: only people whose account here is connected to one"
        " there.",
    )
    groups_claim: str = Field(
        "groups", description="Claim that holds the groups; dots lead inside, as in `realm.roles`."
    )
    groups: dict[str, GroupName] = Field(
        {},
        description="Groups there, and what they are called here; kept up to date at each sign-in.",
    )
    connect_by_email: bool = Field(
        False,
        description="A verified address there opens the account here that has the same verified"
        " address. Trust the provider with every account before you say `true`.",
    )
    second_factor: Literal["asked", "trusted"] = Field(
        "asked", description="`trusted`: the provider asks for it, so the appliance does not."
    )

    @property
    def issuer_url(self) -> str:
        """Without a final slash added or taken away: it is compared as it is."""
        if self.type == "microsoft":
            return f"https://login.microsoftonline.com/{self.tenant}/v2.0"
        return self.issuer or _ISSUERS.get(self.type, "")

    def called(self, name: str) -> str:
        """What people see; `name` is its name in the YAML."""
        return self.title or _TITLES[self.type] or name.capitalize()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.type in ("oidc", "keycloak") and self.issuer is None:
            raise ValueError(f"a provider of type `{self.type}` needs an `issuer`")
        if self.type == "microsoft" and (
            self.tenant is None or self.tenant in ("common", "organizations", "consumers")
        ):
            raise ValueError("`microsoft` needs the `tenant`: the id of your own directory")
        where = urlsplit(self.issuer or "")
        if where.scheme == "http" and where.hostname not in _LOOPBACK:
            raise ValueError("an issuer is reached by https://, or is on this machine")
        if self.type == "github" and self.client_secret is None:
            raise ValueError("`github` needs a `client_secret`")
        return self
