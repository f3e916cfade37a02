"""GitHub, which speaks OAuth 2 and its own API instead of OpenID Connect."""

from collections.abc import Mapping
from typing import Any

from authlib.integrations.requests_client import OAuth2Session, OAuthError
from requests import RequestException

from appliance.auth.providers.account import Account
from appliance.auth.providers.failures import (
    FalseAnswerError,
    NotConfiguredError,
    ProviderAwayError,
)
from appliance.auth.providers.oidc import Trip
from appliance.config.providers import Provider
from appliance.config.secrets import Secret

_PATIENCE = (5, 10)
_HOME, _API = "https://github.com", "https://api.github.com"


class GitHub:
    """github.com, or a GitHub Enterprise server at `issuer`."""

    def __init__(self, name: str, provider: Provider, secret: Secret) -> None:
        self._name = name
        self._provider = provider
        self._secret = secret
        self._title = provider.called(name)
        own = (provider.issuer or "").rstrip("/")
        self._home, self._api = (own, f"{own}/api/v3") if own else (_HOME, _API)

    def leave(self, trip: Trip, state: str) -> str:
        """Where to send the browser."""
        with self._session(trip) as session:
            url, _ = session.create_authorization_url(
                f"{self._home}/login/oauth/authorize", state=state, code_verifier=trip.verifier
            )
        return str(url)

    def arrive(self, trip: Trip, query: Mapping[str, str]) -> Account:
        """As of `OpenId`. Raises the same."""
        with self._session(trip) as session:
            try:
                session.fetch_token(
                    f"{self._home}/login/oauth/access_token",
                    code=query["code"],
                    code_verifier=trip.verifier,
                    grant_type="authorization_code",
                    timeout=_PATIENCE,
                )
                user = self._ask(session, "user")
                emails = self._ask(session, "user/emails")
                organisations = self._ask(session, "user/orgs") if self._needs_groups else []
            except OAuthError as error:
                raise self._no_token(error) from None
            except (RequestException, ValueError) as error:
                raise ProviderAwayError(self._title, f"{type(error).__name__}: {error}") from None
        if not isinstance(user, dict) or not isinstance(user.get("id"), int):
            raise FalseAnswerError(self._title, "no user")
        email = _primary(emails)
        return Account(
            provider=self._name,
            # Logins are given to others once they are free; ids are not.
            subject=str(user["id"]),
            email=email,
            email_verified=email is not None,
            called=_text(user.get("login")),
            full_name=_text(user.get("name")),
            groups=frozenset(_text(o.get("login")) for o in organisations if isinstance(o, dict)),
        )

    @property
    def _needs_groups(self) -> bool:
        return bool(self._provider.groups or (self._provider.allow and self._provider.allow.groups))

    def _ask(self, session: OAuth2Session, path: str) -> Any:
        answer = session.get(f"{self._api}/{path}", timeout=_PATIENCE, allow_redirects=False)
        answer.raise_for_status()
        return answer.json()

    def _session(self, trip: Trip) -> OAuth2Session:
        scopes = ["read:user", "user:email", *(["read:org"] if self._needs_groups else [])]
        return OAuth2Session(
            self._provider.client_id,
            self._secret.reveal(),
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 the name of a method
            scope=" ".join(dict.fromkeys((*scopes, *self._provider.scopes))),
            redirect_uri=trip.redirect_uri,
            code_challenge_method="S256",
        )

    def _no_token(self, error: OAuthError) -> NotConfiguredError | FalseAnswerError:
        reason = f"{error.error}: {error.description}"[:200]
        if error.error in ("incorrect_client_credentials", "redirect_uri_mismatch"):
            return NotConfiguredError(self._title, reason)
        return FalseAnswerError(self._title, reason)


def _primary(emails: Any) -> str | None:
    """The address GitHub has verified and the person has made his first."""
    for entry in emails if isinstance(emails, list) else []:
        if isinstance(entry, dict) and entry.get("primary") and entry.get("verified") is True:
            return _text(entry.get("email")).lower() or None
    return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 200 and value.isprintable() else ""
