"""Requests of a visitor who is new each time."""

import ssl
from functools import partial

import httpx

from tests.running.process import PATIENCE

# Making one takes longer than a request on loopback.
_TLS = ssl.create_default_context()

request = partial(httpx.request, verify=_TLS, trust_env=False, timeout=PATIENCE)
get = partial(request, "GET")
post = partial(request, "POST")
stream = partial(httpx.stream, verify=_TLS, trust_env=False, timeout=PATIENCE)
