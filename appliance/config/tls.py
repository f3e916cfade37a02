"""The `tls` section: whose certificate visitors get."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from appliance.config.fields import DirectoryUrl, Email, Network
from appliance.config.kept import Kept
from appliance.config.section import Section
from appliance.config.units import Duration, Says

PluginName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64),
    Says("the name of a certbot plugin, in small letters", "dns-desec"),
]


class CertificateFiles(Section):
    """One certificate of your own. The files are read again when they change."""

    chain: str = Field(
        description="File in PEM form: the certificate first, then its issuers (fullchain.pem)."
    )
    key: Kept = Field(description="Its private key in PEM form, without a password.")


class DnsChallenge(Section):
    """Prove the domain by a DNS record: the only way to wildcards, and it needs no open port."""

    dns: (
        Literal["acme-dns", "cloudflare", "digitalocean", "google", "ovh", "rfc2136", "route53"]
        | None
    ) = Field(None, description="Who serves your zone; or `plugin` for any other provider.")
    plugin: PluginName | None = Field(
        None, description="A certbot plugin that you installed, by the name certbot knows it by."
    )
    credentials: Kept | None = Field(
        None, description="What the certbot plugin of that provider reads, in its own syntax."
    )
    propagation: Duration | None = Field(
        None,
        ge=timedelta(seconds=0),
        description="Time until a new record is seen everywhere; absent: the plugin's own.",
    )

    @model_validator(mode="after")
    def _one_provider(self) -> Self:
        if (self.dns is None) == (self.plugin is None):
            raise ValueError("the zone's provider is either {dns: NAME} or {plugin: NAME}")
        return self

    @property
    def authenticator(self) -> str:
        """The plugin, as certbot calls it."""
        return self.plugin or f"dns-{self.dns}"


class Eab(Section):
    """External account binding, for authorities that want to know whose account it is."""

    key_id: str = Field(description="Key identifier the authority gave you.")
    hmac_key: Kept = Field(description="The key that belongs to it.")


class Hsts(Section):
    """Tell browsers to come by HTTPS only. They remember it: there is no way back in that time."""

    max_age: Duration = Field(timedelta(days=180), description="How long browsers remember.")
    subdomains: bool = Field(False, description="Also for every name below the one visited.")
    preload: bool = Field(False, description="Allow browser makers to build it in.")


class Tls(Section):
    """HTTPS: whose certificate visitors get."""

    mode: Literal["off", "local-ca", "files", "certbot"] | None = Field(
        None,
        description="`local-ca`: our own authority, default in public mode; `files`: yours; "
        "`certbot`: an ACME authority, whose terms you accept by this; `off`: plain HTTP.",
    )
    certificates: tuple[CertificateFiles, ...] = Field(
        (), strict=False, description="Mode `files`: certificates and keys."
    )
    email: Email | None = Field(
        None, description="Mode `certbot`: where the authority may write to."
    )
    directory: DirectoryUrl = Field("letsencrypt", description="Mode `certbot`: the authority.")
    directory_ca: str | None = Field(
        None, description="Mode `certbot`: file with the root of the directory's own certificate."
    )
    challenge: Annotated[
        Literal["http"] | DnsChallenge,
        Says("`http` or {dns: provider, credentials: {file: …}}", "http"),
    ] = Field("http", description="Mode `certbot`: how the domain is proven.")
    reuse_key: bool = Field(
        False,
        description="Mode `certbot`: keep the private key when renewing, for who pins it.",
    )
    eab: Eab | None = Field(None, description="Mode `certbot`: binds the account to yours.")
    hsts: Hsts | None = Field(None, description="HTTPS only, remembered by browsers; absent: not.")
    http3: bool = Field(
        False, description="Also HTTP/3, on UDP. Changing it needs `scripts/up` once more."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (),
        strict=False,
        description="Mode `off`: proxies in front that add TLS and say who the visitor is. "
        "Changing it needs `scripts/up` once more.",
    )
