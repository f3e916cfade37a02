"""Forms that only our own pages can send (CSRF)."""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

FIELD = "form-token"


def token(key: bytes, binding: str) -> str:
    """For a hidden field. `binding` is the secret of the browser's session or browser cookie."""
    return hmac.digest(key, binding.encode("utf-8", "replace"), "sha256").hex()


def valid(key: bytes, binding: str | None, shown: str) -> bool:
    """Whether the field came from a page made for this browser."""
    expected = token(key, binding or "")
    same = hmac.compare_digest(expected.encode(), shown.encode("utf-8", "replace"))
    return same and bool(binding)


def from_our_page(headers: Mapping[str, str]) -> bool:
    """Whether the browser says the request was made by a page of the very host it goes to.

    Other hosts of the same domain are apps, which are not ours. A browser that says nothing is
    left to the token in the form.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
