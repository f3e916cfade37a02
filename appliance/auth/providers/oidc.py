"""OpenID Connect: discovery, the authorization code with PKCE, and the check of the ID token."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from appliance.auth.providers.account import Account, account, merged
from appliance.auth.providers.failures import (
    FalseAnswerError,
    NotConfiguredError,
    NotProvenAnewError,
    ProviderAwayError,
)
from appliance.auth.secrets import Clock
from appliance.auth.sessions.session import FRESH
from appliance.config.providers import Provider
from appliance.config.secrets import Secret

SKEW = 60
"""Seconds that our clock and the provider's may differ."""
_PATIENCE = (5, 10)
"""Seconds to connect, and between two pieces of the answer."""
_KEPT = 3600.0
"""Seconds for which what discovery said is believed."""
_AGAIN = 10.0
"""Seconds after which keys are fetched again for the sake of one that is not known."""
_AWAY = 3.0
"""Seconds for which a provider that did not answer is not asked again."""
_ANY_TIME = 365 * 86_400
"""Seconds since the person proved who he is there, where it need not be done anew."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Those that a provider signs with and we can only check: no shared secret, and not none."""
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class Trip:
    """One way there and back; kept here meanwhile."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    redirect_uri: str
    again: bool = False
    """The person is to prove there once more who he is."""


@dataclass(frozen=True, slots=True)
class Known:
    """What discovery said."""

    metadata: Mapping[str, Any]
    keys: KeySet
    at: float


class OpenId:
    """One provider. Every method may ask it over the network: use a thread."""

    def __init__(self, name: str, provider: Provider, secret: Secret | None, clock: Clock) -> None:
        self._name = name
        self._provider = provider
        self._secret = secret
        self._clock = clock
        self._title = provider.called(name)
        self._lock = threading.Lock()
        self._known: Known | None = None
        self._failed: tuple[float, ProviderAwayError] | None = None

    def leave(self, trip: Trip, state: str) -> str:
        """Where to send the browser. Raises `ProviderAwayError`, `NotConfiguredError`."""
        known = self._discovered()
        extra = {"prompt": "login"} if trip.again else {}
        if self._tells_when(known):
            extra["max_age"] = "0" if trip.again else str(_ANY_TIME)
        with self._session(trip.redirect_uri) as session:
            url, _ = session.create_authorization_url(
                known.metadata["authorization_endpoint"],
                state=state,
                code_verifier=trip.verifier,
                nonce=trip.nonce,
                **extra,
            )
        return str(url)

    def arrive(self, trip: Trip, query: Mapping[str, str]) -> Account:
        """The account behind what the browser brings back; `query` has a `code`.

        Raises `FalseAnswerError`, `ProviderAwayError`, `NotConfiguredError`, `NotProvenAnewError`.
        """
        known = self._discovered()
        if query.get("iss", known.metadata["issuer"]) != known.metadata["issuer"]:
            raise FalseAnswerError(self._title, "another issuer answered")
        with self._session(trip.redirect_uri) as session:
            try:
                answer = session.fetch_token(
                    known.metadata["token_endpoint"],
                    code=query["code"],
                    code_verifier=trip.verifier,
                    grant_type="authorization_code",
                    timeout=_PATIENCE,
                )
            except OAuthError as error:
                raise self._no_token(error) from None
            except (RequestException, ValueError) as error:
                raise ProviderAwayError(self._title, _reason(error)) from None
            claims = self._claims(answer, trip, known)
            proven = self._proven(claims, trip, known)
            told = merged(claims, self._user_info(session, known, claims))
        return account(self._name, told, self._provider.groups_claim, proven)

    def _claims(self, answer: Mapping[str, Any], trip: Trip, known: Known) -> dict[str, Any]:
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise FalseAnswerError(self._title, "no ID token")
        try:
            decoded = self._decoded(token, known)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                options={
                    "iss": {"essential": True, "value": known.metadata["issuer"]},
                    "aud": {"essential": True, "value": self._provider.client_id},
                },
                params={
                    "nonce": trip.nonce,
                    "client_id": self._provider.client_id,
                    "access_token": answer.get("access_token"),
                },
            )
            claims.validate(now=int(self._clock()), leeway=SKEW)
        except (JoseError, ValueError) as error:
            raise FalseAnswerError(self._title, _reason(error)) from None
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise FalseAnswerError(self._title, "no subject")
        return dict(claims)

    def _proven(self, claims: Mapping[str, Any], trip: Trip, known: Known) -> float | None:
        """When the person proved there who he is; None: the provider does not tell.

        What it was asked went through the browser, whose user may have taken it out.
        """
        told = claims.get("auth_time")
        if told is None and not self._tells_when(known):
            return None
        proven = float(told or 0)
        if trip.again and self._clock() - proven > FRESH.total_seconds() + SKEW:
            raise NotProvenAnewError(self._title, f"auth_time is {told}")
        return proven

    def _tells_when(self, known: Known) -> bool:
        """Microsoft says so and does not."""
        told = known.metadata.get("claims_supported")
        return self._provider.type != "microsoft" and isinstance(told, list) and "auth_time" in told

    def _decoded(self, token: str, known: Known) -> jwt.Token:
        try:
            return jwt.decode(token, known.keys, algorithms=_ALGORITHMS)
        except InvalidKeyIdError:
            # The provider has new keys since.
            if self._clock() - known.at < _AGAIN:
                raise
            return jwt.decode(token, self._discovered(fresh=True).keys, algorithms=_ALGORITHMS)

    def _user_info(
        self, session: OAuth2Session, known: Known, claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Claims that some providers tell only there."""
        endpoint = known.metadata.get("userinfo_endpoint")
        if endpoint is None or self._wanted() <= claims.keys():
            return {}
        try:
            answer = session.get(endpoint, timeout=_PATIENCE, allow_redirects=False)
            told = answer.json() if answer.ok else {}
        except (RequestException, ValueError) as error:
            raise ProviderAwayError(self._title, _reason(error)) from None
        # Told of somebody else it would be somebody else's.
        return told if isinstance(told, dict) and told.get("sub") == claims["sub"] else {}

    def _wanted(self) -> set[str]:
        """Claims to be told, in the ID token or elsewhere."""
        provider, wanted = self._provider, {"email", "preferred_username"}
        if provider.groups or (provider.allow and provider.allow.groups):
            wanted.add(provider.groups_claim)
        return wanted

    def _discovered(self, *, fresh: bool = False) -> Known:
        with self._lock:
            known, now = self._known, self._clock()
            if known is not None and not fresh and now - known.at < _KEPT:
                return known
            # One that is down is not asked by everybody who comes meanwhile.
            if self._failed is not None and 0 <= now - self._failed[0] < _AWAY:
                raise self._failed[1]
            try:
                self._known = known = self._discover(now)
            except ProviderAwayError as error:
                self._failed = (now, error)
                raise
            return known

    def _discover(self, now: float) -> Known:
        issuer = self._provider.issuer_url
        metadata = self._fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if missing := [key for key in _NEEDED if not isinstance(metadata.get(key), str)]:
            raise ProviderAwayError(self._title, f"discovery does not tell {missing[0]}")
        if metadata["issuer"] != issuer:
            raise NotConfiguredError(
                self._title, f"its issuer is {metadata['issuer']!r}, not {issuer!r}"
            )
        for key in (*_NEEDED[1:], "userinfo_endpoint"):
            url = str(metadata.get(key) or issuer)
            if issuer.startswith("https://") and urlsplit(url).scheme != "https":
                raise NotConfiguredError(self._title, f"its {key} is not reached by https://")
        try:
            keys = KeySet.import_key_set(self._fetch(metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderAwayError(self._title, f"its keys: {_reason(error)}") from None
        return Known(metadata, keys, now)

    def _fetch(self, url: str) -> dict[str, Any]:
        with self._session("") as session:
            try:
                answer = session.get(url, withhold_token=True, timeout=_PATIENCE)
                answer.raise_for_status()
                told = answer.json()
            except (RequestException, ValueError) as error:
                raise ProviderAwayError(self._title, _reason(error)) from None
        if not isinstance(told, dict):
            raise ProviderAwayError(self._title, f"{url} holds no object")
        return told

    def _session(self, redirect_uri: str) -> OAuth2Session:
        secret = self._secret.reveal() if self._secret else None
        return OAuth2Session(
            self._provider.client_id,
            secret,
            token_endpoint_auth_method=self._method(),
            scope=" ".join(dict.fromkeys(("openid", "profile", "email", *self._provider.scopes))),
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )

    def _method(self) -> str:
        """How the client proves itself; `client_secret_basic` unless the provider has only post."""
        if self._secret is None:
            return "none"
        told = self._known.metadata if self._known else {}
        methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"

    def _no_token(self, error: OAuthError) -> NotConfiguredError | FalseAnswerError:
        reason = f"{error.error}: {error.description}"[:200]
        if error.error in ("invalid_client", "unauthorized_client", "redirect_uri_mismatch"):
            return NotConfiguredError(self._title, reason)
        return FalseAnswerError(self._title, reason)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
