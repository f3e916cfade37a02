"""For which names certificates are made and asked for: a function of the YAML."""

from appliance.certs.model import covered
from appliance.config.addresses import is_ip, names, share_domain
from appliance.config.schema import Config
from appliance.config.tls import DnsChallenge

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def relay_names(config: Config) -> tuple[str, ...]:
    """By which clients reach the relay: also from this machine, and without a domain."""
    share = share_domain(config)
    local = LOOPBACK if share is None else (*LOOPBACK, share, f"*.{share}")
    return tuple(dict.fromkeys([*names(config), *local]))


def orders(config: Config) -> tuple[tuple[str, ...], ...]:
    """What to ask a certificate authority for, so that `names` are covered as far as can be.

    By DNS a wildcard saves an order for each new app, but one name that cannot be proven fails a
    whole order with wildcards: so names of other zones are ordered one by one. By HTTP there are no
    wildcards, and the domain of the shares itself, whose record may lead nowhere, is left out.
    """
    wanted = [name for name in names(config) if not is_ip(name)]
    domain, share = config.domain, share_domain(config)
    if domain is None or not wanted:
        return ()
    if not isinstance(config.tls.challenge, DnsChallenge):
        return (tuple(name for name in wanted if "*" not in name and name != share),)
    own = [name for name in wanted if name.endswith(f".{domain}")]
    below = f"*.{domain}"
    family = [domain, below, *(name for name in own if not covered(name, [below]))]
    others = (name for name in wanted if name not in own and name != domain)
    return (tuple(dict.fromkeys(family)), *((name,) for name in others))
