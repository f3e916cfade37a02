"""What processes are told by environment variables when they are started."""

from collections.abc import Mapping

Environment = Mapping[str, str]
NONE = "none"
"""Said of an address that is not there, where saying nothing means that nobody knows."""


def needed(env: Environment, name: str) -> str:
    """Raises `ValueError` naming the variable if it is not set."""
    value = env.get(name, "")
    if not value:
        raise ValueError(f"{name} is not set")
    return value


def optional(env: Environment, name: str) -> str | None:
    value = env.get(name, NONE)
    return None if value in ("", NONE) else value


def address(env: Environment, name: str) -> tuple[str, int]:
    """A host and a port. Raises `ValueError` naming the variable."""
    host, port = _address(env, name, "host:port")
    if not host:
        raise ValueError(f"{name} is {env[name]!r}; expected host:port")
    return host, port


def address_or_all(env: Environment, name: str) -> tuple[str | None, int]:
    """The same; a host of None: all addresses."""
    host, port = _address(env, name, "host:port or :port")
    return host or None, port


def _address(env: Environment, name: str, expected: str) -> tuple[str, int]:
    host, colon, port = needed(env, name).rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError(f"{name} is {env[name]!r}; expected {expected}")
    return host.strip("[]"), int(port)
