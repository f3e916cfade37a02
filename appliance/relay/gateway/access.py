"""Passwords that a share's client asked for."""

import base64
import binascii
import hmac

from appliance.relay.share import HttpOptions


def admitted(options: HttpOptions, authorization: bytes) -> bool:
    """Whether an Authorization field holds the right HTTP Basic credentials."""
    scheme, _, encoded = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return False
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(given, f"{options.user}:{options.password}".encode())
