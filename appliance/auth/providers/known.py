"""The providers of the YAML, each made when it is first used."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from appliance.auth.providers.account import Account
from appliance.auth.providers.failures import NotConfiguredError
from appliance.auth.providers.github import GitHub
from appliance.auth.providers.oidc import OpenId, Trip
from appliance.auth.secrets import Clock
from appliance.config.providers import Provider
from appliance.config.schema import Config
from appliance.config.secrets import SecretError, resolve


class Way(Protocol):
    """There and back. Methods ask the provider: use a thread."""

    def leave(self, trip: Trip, state: str) -> str: ...

    def arrive(self, trip: Trip, query: Mapping[str, str]) -> Account: ...


class Providers:
    """`base_folder` is where relative paths of secrets start."""

    def __init__(self, base_folder: Path, clock: Clock) -> None:
        self._base_folder = base_folder
        self._clock = clock
        self._lock = threading.Lock()
        self._ways: dict[str, tuple[Provider, Way]] = {}

    def shown(self, config: Config) -> list[tuple[str, str]]:
        """Names and titles, in the order of the YAML."""
        found = config.auth.providers if config.auth else {}
        return [(name, provider.called(name)) for name, provider in found.items()]

    def way(self, config: Config, name: str) -> tuple[Provider, Way] | None:
        """None if the YAML has no such provider. Raises `NotConfiguredError`."""
        provider = config.auth.providers.get(name) if config.auth else None
        if provider is None:
            return None
        with self._lock:
            known = self._ways.get(name)
            if known is None or known[0] != provider:
                known = self._ways[name] = (provider, self._make(name, provider))
        return known

    def forget(self, name: str) -> None:
        """A secret may have been changed in its file: it is read again next time."""
        with self._lock:
            self._ways.pop(name, None)

    def _make(self, name: str, provider: Provider) -> Way:
        try:
            ref = provider.client_secret
            secret = resolve(ref, self._base_folder) if ref else None
        except SecretError as error:
            raise NotConfiguredError(provider.called(name), str(error)) from None
        if provider.type == "github":
            assert secret is not None  # the schema demands one
            return GitHub(name, provider, secret)
        return OpenId(name, provider, secret, self._clock)
