"""What a registration asks for and on whose behalf: pure, before any name is given."""

import re
import secrets
from dataclasses import dataclass, field

from appliance.auth.whereabouts import place
from appliance.relay.lock import LONGEST, SHORTEST
from appliance.relay.names import Dialect, hashed
from appliance.relay.registrar import Attempt, Refused, Registration
from appliance.relay.rules import Rules
from appliance.relay.share import HttpOptions
from appliance.relay.shares.keys import KEY, LABEL, Key, KeyRing
from appliance.relay.wire.messages import NewProxy

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HASH = re.compile(r"[0-9a-f]{18}")
_LOCATION = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,199}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,2000}")
_MOST_HOSTS = 8
_NO_OPTIONS = HttpOptions()
_HOW = 'set demo.share_token = "name:KEY" before launch(), with a key from its operator'


@dataclass(frozen=True, slots=True)
class Wanted:
    """One name, as asked for."""

    name: str
    labels: tuple[str, ...]
    locations: tuple[str, ...]
    owner: str
    key: Key | None
    readable: bool
    """Chosen by a person, so it is no secret and belongs to its owner alone."""
    options: HttpOptions = _NO_OPTIONS
    password: str | None = field(default=None, repr=False)
    """What visitors shall be asked for."""


def wanted(registration: Registration, rules: Rules, keys: KeyRing, former: str | None) -> Wanted:
    """What the client asks for; `former` is the name of the proxy that it replaces.

    Raises `Refused` for what nobody may have and for keys that are not valid.
    """
    if registration.dialect is Dialect.UPSTREAM:
        return _of_upstream(registration, rules, keys)
    return _of_gradio(registration, rules, keys, former)


def label_of(attempt: Attempt, domain: str) -> str | None:
    """The key's label, if the client asked for a host below the share domain."""
    label, _, parent = (attempt.server_name or "").partition(".")
    return label if attempt.tls and parent == domain and LABEL.fullmatch(label) else None


def _of_gradio(
    registration: Registration, rules: Rules, keys: KeyRing, former: str | None
) -> Wanted:
    # Of the token only what stands before `#` makes the name: else everybody who has the link
    # could try passwords out on it.
    token, mark, given = registration.proxy.proxy_name.partition("#")
    password = _password(given) if mark else None
    name, colon, secret = token.partition(":")
    key = _key(registration, rules, keys, secret if colon else None)
    if colon:
        if key is None:
            raise Refused(f"the part of share_token after `:` must be a key; {_HOW}", reason="key")
        label = _readable(name)
        owner = f"key:{key.name}"
        return Wanted(label, (label,), ("/",), owner, key, readable=True, password=password)
    if registration.dialect is Dialect.GRADIO_OLDEST:
        # All of these send the same name, so only a connection tells them apart.
        label = former or secrets.token_hex(9)
        return Wanted(label, (label,), ("/",), f"token:{label}", key, readable=False)
    if not token or len(token) > 500:
        raise Refused("the share token is empty or too long; leave it to Gradio", reason="name")
    label = hashed(token)
    # Whoever knows the token owns its name, with a key or without.
    owner = f"token:{label}"
    return Wanted(label, (label,), ("/",), owner, key, readable=False, password=password)


def _of_upstream(registration: Registration, rules: Rules, keys: KeyRing) -> Wanted:
    proxy, login = registration.proxy, registration.attempt.login
    password = proxy.metas.get("password") or login.metas.get("password")
    given = proxy.metas.get("key") or login.metas.get("key")
    if given is None and KEY.fullmatch(login.user):
        given = login.user
    key = _key(registration, rules, keys, given)
    plain_name = proxy.proxy_name.removeprefix(f"{login.user}.") if login.user else proxy.proxy_name
    labels = tuple(dict.fromkeys(_labels(proxy, rules)))
    readable = bool(labels)
    if not labels:
        labels = (hashed(f"{_owner(registration, key)}/{plain_name}"),)
    locations = proxy.locations or ("/",)
    for location in locations:
        if not _LOCATION.fullmatch(location):
            raise Refused(f"location {location[:60]!r} is no plain path", reason="name")
    inside = "" if locations == ("/",) else locations[0].rstrip("/")
    return Wanted(
        name=labels[0] + inside,
        labels=labels,
        locations=locations,
        owner=_owner(registration, key),
        key=key,
        readable=readable,
        options=_options(proxy),
        password=_password(password) if password else None,
    )


def _labels(proxy: NewProxy, rules: Rules) -> list[str]:
    if len(proxy.custom_domains) >= _MOST_HOSTS:
        raise Refused(f"at most {_MOST_HOSTS} host names for one proxy", reason="name")
    found = [proxy.subdomain] if proxy.subdomain else []
    for host in proxy.custom_domains:
        label, _, parent = host.lower().partition(".")
        if parent != rules.domain:
            text = f"{host[:80]!r} is not one name below {rules.domain}, which is all there is here"
            raise Refused(text, reason="name")
        found.append(label)
    return [_readable(label) for label in found]


def _owner(registration: Registration, key: Key | None) -> str:
    if key is not None:
        return f"key:{key.name}"
    if registration.token:
        return f"frp:{registration.attempt.login.user[:60]}"
    # Nothing else is known of a client that shows nothing. Of IPv6 its network: machines change
    # their address in it every day.
    return f"address:{place(registration.attempt.address)}"


def _key(registration: Registration, rules: Rules, keys: KeyRing, given: str | None) -> Key | None:
    """The key that was shown, by whichever handle; None if none was. Raises `Refused`."""
    secret = given or label_of(registration.attempt, rules.domain)
    if secret is None:
        return None
    key = keys.proven(secret)
    if key is None:
        raise Refused("this key is not valid (any more); ask for a new one", reason="key")
    return key


def _password(text: str) -> str:
    if not SHORTEST <= len(text) <= LONGEST:
        raise Refused(
            f"the password of a link has {SHORTEST} to {LONGEST} characters; it is what stands "
            "after `#` in share_token",
            reason="password",
        )
    return text


def _readable(text: str) -> str:
    label = text.lower()
    if KEY.search(label) or LABEL.search(label):
        # Not quoted: what is refused is logged.
        raise Refused("a key stands where a name should: write name:KEY", reason="name")
    if not _NAME.fullmatch(label):
        raise Refused(
            f"{text[:80]!r} cannot be a name; use small letters, digits and inner dashes",
            reason="name",
        )
    if _HASH.fullmatch(label):
        raise Refused(f"{label!r} looks like a name without a key; take another", reason="name")
    return label


def _options(proxy: NewProxy) -> HttpOptions:
    headers = (*proxy.headers.items(), *proxy.response_headers.items())
    for name, value in (*headers, ("Host", proxy.host_header_rewrite)):
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise Refused(f"header {name[:60]!r} cannot be sent", reason="header")
    return HttpOptions(
        host=proxy.host_header_rewrite,
        request_headers=proxy.headers,
        response_headers=proxy.response_headers,
        user=proxy.http_user,
        password=proxy.http_pwd,
    )
