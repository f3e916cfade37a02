"""Who serves a zone: what people call it, and what it wants to see of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from appliance.config.tls import DnsChallenge


@dataclass(frozen=True)
class Provider:
    """For the person who keeps its credentials. Both end up inside a sentence."""

    title: str
    needs: str
    """What has to be true of the credentials."""


_KNOWN: Mapping[str, Provider] = {
    "acme-dns": Provider(
        "acme-dns",
        "an account, as acme-dns's `/register` answers, for each name, and `server_url`",
    ),
    "cloudflare": Provider(
        "Cloudflare",
        "`dns_cloudflare_api_token = …`, a token with Zone:DNS:Edit for this zone",
    ),
    "digitalocean": Provider(
        "DigitalOcean",
        "`dns_digitalocean_token = …`, a token that may write domains",
    ),
    "google": Provider(
        "Google Cloud DNS",
        "the JSON of a service account of the zone's project with the role DNS Administrator",
    ),
    "ovh": Provider(
        "OVH",
        "application key, secret and consumer key of one token, which has GET, POST, PUT and "
        "DELETE on /domain/zone/*, and the endpoint it is from",
    ),
    "rfc2136": Provider(
        "the name server",
        "`dns_rfc2136_name`, `_secret` and `_algorithm` of a key that may update the zone there",
    ),
    "route53": Provider(
        "Amazon Route 53",
        "an access key that may do route53:ListHostedZones, GetChange and ChangeResourceRecordSets",
    ),
}


def provider_of(challenge: DnsChallenge) -> Provider:
    """A plugin of others is known by its name."""
    if challenge.dns is not None:
        return _KNOWN[challenge.dns]
    plugin = challenge.authenticator
    return Provider(f"the DNS provider of {plugin}", f"what {plugin} is documented to read")
