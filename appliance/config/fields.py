"""Words that several sections of `appliance.yaml` share: names, paths, ports, versions."""

from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from appliance.config.units import Says


def _network(value: str) -> str:
    try:
        network = ip_network(value)
    except ValueError:
        raise ValueError("expected an IP network or address, such as 10.0.0.0/8") from None
    if network.prefixlen == 0:
        raise ValueError("expected the networks of your proxy; this one is everybody")
    return str(network)


AppName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"),
    Says("a name of at most 40 small letters, digits and inner dashes", "image-filter"),
]
Hostname = Annotated[
    str,
    StringConstraints(
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        max_length=253,
    ),
    Says("a host name in small letters, without http:// or port", "demos.example.org"),
]
UrlPath = Annotated[
    str,
    StringConstraints(pattern=r"^(/[A-Za-z0-9][A-Za-z0-9._~-]*)+$", max_length=200),
    Says("a URL path that starts and does not end with /", "/hello"),
]
Origin = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^/\s?#@;,'\"]+$", max_length=300),
    Says("an origin: scheme, host and port if any, nothing after it", "https://blog.example.org"),
]
Network = Annotated[str, AfterValidator(_network), Says("an IP network or address", "10.0.0.0/8")]
DirectoryUrl = Annotated[
    str,
    StringConstraints(pattern=r"^(letsencrypt|letsencrypt-staging|https://[^\s@]+)$"),
    Says("`letsencrypt`, `letsencrypt-staging` or the URL of an ACME directory", "letsencrypt"),
]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=200),
    Says("a mail address", "ops@example.org"),
]
Port = Annotated[int, Field(ge=1, le=65535), Says("a port number from 1 to 65535", "")]
Workers = Annotated[int, Field(ge=1, le=8)] | Literal["auto"]
Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+){0,3}$")]
PythonVersion = Annotated[Version, Says("a Python version", '"3.12"')]
GradioVersion = Annotated[Version, Says("a Gradio version", '"6.31"')]
ServedPath = Annotated[str, Says("a path", "/data/models")]
