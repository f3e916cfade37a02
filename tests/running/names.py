"""Names below localhost, as browsers and most systems' resolvers know them."""

import socket
from typing import Any

import pytest


def below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process find them; a bare C library does not."""
    real = socket.getaddrinfo

    def resolve(host: Any, *more: Any, **options: Any) -> Any:
        below = isinstance(host, str) and host.endswith(".localhost")
        return real("127.0.0.1" if below else host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
