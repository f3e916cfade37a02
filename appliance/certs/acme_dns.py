"""certbot's plugin for acme-dns: a zone delegates one name, and only that changes from here.

It runs inside certbot, see the entry point in pyproject.toml. acme-dns's API is described at
https://github.com/joohoi/acme-dns.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests
from certbot import achallenges, errors
from certbot.plugins.dns_common import DNSAuthenticator
from pydantic import BaseModel, TypeAdapter, ValidationError

_CHALLENGE = "_acme-challenge."
_TIMEOUT = 30
"""Seconds for one answer."""


class Account(BaseModel):
    """What `/register` has answered, and where."""

    username: str
    password: str
    subdomain: str
    fulldomain: str
    server_url: str


Accounts = Mapping[str, Account]
"""By the name that they are for."""
_ADAPTER: TypeAdapter[dict[str, Account]] = TypeAdapter(dict[str, Account])


class Authenticator(DNSAuthenticator):
    """Puts a challenge where a CNAME of the zone leads to."""

    description = "Obtain certificates using a DNS TXT record that acme-dns serves."

    @classmethod
    def add_parser_arguments(
        cls, add: Callable[..., None], default_propagation_seconds: int = 5
    ) -> None:
        super().add_parser_arguments(add, default_propagation_seconds)
        add("credentials", help="JSON file: an account for each name.")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._accounts: Accounts = {}

    def more_info(self) -> str:
        return "Proves names by records of an acme-dns server, to which CNAME records lead."

    def auth_hint(self, failed_achalls: list[achallenges.AnnotatedChallenge]) -> str:
        names = sorted({one.identifier.value for one in failed_achalls})
        return f"The zone needs these records: {'; '.join(map(self.delegation, names))}"

    def delegation(self, name: str) -> str:
        """The record that the zone of a name needs; known once `perform` was called."""
        return f"{_CHALLENGE}{name} CNAME {self._accounts[name].fulldomain}."

    def _setup_credentials(self) -> None:
        file = self.conf("credentials")
        if not file:
            raise errors.PluginError("acme-dns needs credentials")
        self._accounts = accounts(Path(file).read_text())

    def _perform(self, domain: str, validation_name: str, validation: str) -> None:  # noqa: ARG002 - certbot's signature
        account = self._accounts.get(domain)
        if account is None:
            known = ", ".join(sorted(self._accounts)) or "nobody"
            raise errors.PluginError(
                f"the credentials for acme-dns have no account for {domain}; they have for {known}"
            )
        publish(account, validation)

    def _cleanup(self, domain: str, validation_name: str, validation: str) -> None:
        """acme-dns keeps the two newest records and deletes none."""


def accounts(text: str) -> Accounts:
    """Raises `PluginError`, which never quotes what was read."""
    try:
        found = _ADAPTER.validate_python(json.loads(text))
    except ValidationError as error:
        where = {".".join(map(str, one["loc"][:2])) or "the file" for one in error.errors()}
        raise errors.PluginError(
            f"the credentials for acme-dns have missing properties: {', '.join(sorted(where))}"
        ) from None
    except ValueError:
        raise errors.PluginError("the credentials for acme-dns are not JSON") from None
    return {name.removeprefix("*."): account for name, account in found.items()}


def publish(account: Account, text: str) -> None:
    """Raises `PluginError` with acme-dns's own word for it."""
    try:
        answer = requests.post(
            f"{account.server_url.rstrip('/')}/update",
            json={"subdomain": account.subdomain, "txt": text},
            headers={"X-Api-User": account.username, "X-Api-Key": account.password},
            timeout=_TIMEOUT,
        )
    except requests.RequestException as error:
        raise errors.PluginError(f"connection error with acme-dns: {error}") from None
    if answer.status_code != 200:
        said = answer.text[:100].strip()
        raise errors.PluginError(
            f"acme-dns at {account.server_url} refuses the account for {account.fulldomain}: "
            f"{answer.status_code} {said}"
        )
