"""Where an app is found: the one place that turns `domain`, `path` and `host` into a URL."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from appliance.config.schema import Config

_DEFAULT_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Address:
    """Where visitors find an app."""

    root: str | None
    """Full URL without a trailing slash; None in local mode, where any loopback name will do."""
    host: str | None
    """Host name that Traefik matches; None in local mode."""
    path: str
    """`/` on a host of its own, else `/hello`."""


def address(config: Config, name: str) -> Address:
    """The address of the app `name`. Raises `KeyError` if there is no such app."""
    app = config.apps[name]
    if not config.public or config.domain is None:
        return Address(root=None, host=None, path=app.path or f"/{name}")
    if app.path is not None:
        return Address(_url(config, config.domain) + app.path, config.domain, app.path)
    host = app.host or f"{name}.{config.domain}"
    return Address(_url(config, host), host, "/")


def overview(config: Config) -> str:
    """URL of the page that lists the apps, without a trailing slash."""
    if not config.public or config.domain is None:
        return f"http://localhost:{config.ports.local}"
    return _url(config, config.domain)


def origin_of(url: str) -> str:
    """`https://hello.example.org` of a URL there."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def secure(config: Config) -> bool:
    """Whether visitors come over HTTPS."""
    return overview(config).startswith("https://")


def link(config: Config, name: str) -> str:
    """The URL to show to a person, also in local mode."""
    place = address(config, name)
    return place.root or overview(config) + place.path


def share_domain(config: Config) -> str | None:
    """The domain that links to shares are below; None: nothing is shared, or nowhere."""
    if config.share is None:
        return None
    if config.share.domain is not None:
        return config.share.domain
    if not config.public:
        return "share.localhost"
    return f"share.{config.domain}" if config.domain else None


def names(config: Config) -> tuple[str, ...]:
    """Every name by which visitors come, in the order of importance; empty in local mode."""
    if not config.public or config.domain is None:
        return ()
    hosts = [config.domain]
    for name in config.apps:
        host = address(config, name).host
        if host is not None:
            hosts.append(host)
    share = share_domain(config)
    shares = [] if share is None else [share, f"*.{share}"]
    return tuple(dict.fromkeys([*hosts, *shares]))


def trusted(config: Config) -> tuple[str, ...]:
    """Networks of proxies in front that may be believed: none where Traefik meets visitors."""
    return config.tls.trusted_proxies if config.public and config.tls_mode == "off" else ()


def http3(config: Config) -> bool:
    return config.tls.http3 and config.tls_mode != "off"


def launch_arguments(config: Config) -> str:
    """What to write into `launch()` for a link here."""
    if config.share is None:
        return ""
    host = share_domain(config) if config.public else "localhost"
    # Gradio prints links with http:// unless it is told otherwise.
    protocol = ', share_server_protocol="https"' if config.https else ""
    return f'share=True, share_server_address="{host}:{config.share.port}"{protocol}'


def is_ip(name: str) -> bool:
    """Whether a host is known by an IP address, below which there are no names."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def scheme(config: Config) -> str:
    """`http` or `https`, as visitors come."""
    return "https" if config.https else "http"


def _url(config: Config, host: str) -> str:
    how, port = scheme(config), visitors_port(config)
    return f"{how}://{host}" if port == _DEFAULT_PORT[how] else f"{how}://{host}:{port}"


def visitors_port(config: Config) -> int:
    """The port in the URLs of pages."""
    if not config.public:
        return config.ports.local
    if config.tls_mode != "off":
        return config.ports.https
    # A proxy in front that adds TLS is met on the port of all the world.
    return _DEFAULT_PORT["https"] if config.https else config.ports.http
