"""What the YAML's rules make of an account elsewhere."""

from typing import Any

import pytest
from pydantic import ValidationError

from appliance.auth.people.naming import NAME
from appliance.auth.providers.account import (
    Account,
    account,
    admits,
    groups_here,
    merged,
    name_here,
)
from appliance.config.providers import Allow, Provider

ADA = Account("sso", "1", "ada@example.org", email_verified=True, called="ada")
UNVERIFIED = Account("sso", "1", "ada@example.org", groups=frozenset({"lab"}))


@pytest.mark.parametrize(
    ("allow", "verified", "unverified"),
    [
        ({}, False, False),
        ({"everyone": True}, True, True),
        ({"domains": ["example.org"]}, True, False),
        ({"domains": ["org"]}, False, False),
        ({"domains": ["sub.example.org"]}, False, False),
        ({"emails": ["Ada@Example.org"]}, True, False),
        ({"emails": ["bob@example.org"]}, False, False),
        ({"groups": ["lab"]}, False, True),
        ({"groups": ["staff"], "domains": ["example.org"]}, True, False),
    ],
)
def test_who_may_come_in(allow: dict[str, Any], *, verified: bool, unverified: bool) -> None:
    rule = Allow.model_validate(allow)
    assert admits(rule, ADA) is verified
    assert admits(rule, UNVERIFIED) is unverified


@pytest.mark.parametrize(
    ("told", "verified"),
    [(True, True), ("true", True), (False, False), (None, False), ("yes", False), (["x"], False)],
)
def test_only_what_is_plainly_verified_is(told: object, *, verified: bool) -> None:
    claims = {"sub": "1", "email": "ada@example.org", "email_verified": told}
    assert account("sso", claims, "groups").email_verified is verified


@pytest.mark.parametrize(
    ("token", "more", "verified"),
    [
        ({}, {"email": "ada@example.org", "email_verified": True}, True),
        ({"email": "ada@example.org"}, {"email_verified": True}, False),
        ({"email": "ada@example.org"}, {"email": "eve@x.org", "email_verified": True}, False),
        (
            {"email": "ada@example.org"},
            {"email": "ada@example.org", "email_verified": True},
            True,
        ),
        (
            {"email": "ada@example.org", "email_verified": False},
            {"email": "ada@example.org", "email_verified": True},
            False,
        ),
    ],
)
def test_an_address_is_verified_where_that_was_said_of_it(
    token: dict[str, Any], more: dict[str, Any], *, verified: bool
) -> None:
    told = account("sso", merged({"sub": "1", **token}, more), "groups")
    assert told.email == "ada@example.org"
    assert told.email_verified is verified


@pytest.mark.parametrize(
    "email",
    ["a@b@example.org", "Ada", "", 7, None, ["ada@example.org"], "a\n@example.org", "x" * 999],
)
def test_an_odd_address_is_none(email: object) -> None:
    claims = {"sub": "1", "email": email, "email_verified": True}
    assert account("sso", claims, "groups").verified_email is None


@pytest.mark.parametrize(
    ("claims", "path"),
    [
        ({"groups": ["lab", "staff"]}, "groups"),
        ({"realm_access": {"roles": ["lab", "staff"]}}, "realm_access.roles"),
        ({"https://example.org/groups": ["lab", "staff"]}, "https://example.org/groups"),
        ({"orgs": [{"preferred_username": "lab"}, {"preferred_username": "staff"}]}, "orgs"),
        ({"groups": ["lab", 7, None, "staff", {"x": 1}, "y" * 300]}, "groups"),
    ],
)
def test_groups_are_found_where_providers_put_them(claims: dict[str, Any], path: str) -> None:
    assert account("sso", {"sub": "1", **claims}, path).groups == {"lab", "staff"}


@pytest.mark.parametrize("groups", [None, 7, {"lab": True}])
def test_what_is_no_list_of_groups_is_none(groups: object) -> None:
    assert account("sso", {"groups": groups}, "groups").groups == frozenset()


@pytest.mark.parametrize(
    ("known", "taken", "name"),
    [
        (ADA, (), "ada@example.org"),
        (ADA, ("ada@example.org",), "ada@sso"),
        (UNVERIFIED, (), "somebody@sso"),
        (Account("hub", "1", called="Ada Lovelace!"), (), "ada-lovelace@hub"),
        (Account("hub", "1", called="ada"), ("ada@hub", "ada-2@hub"), "ada-3@hub"),
        (Account("hub", "1", called="../.."), (), "somebody@hub"),
        (Account("hub", "1", called="x" * 64), (), "x" * 24 + "@hub"),
    ],
)
def test_a_new_person_gets_a_name_that_nobody_can_choose(
    known: Account, taken: tuple[str, ...], name: str
) -> None:
    assert name_here(known, taken) == name
    assert NAME.fullmatch(name)


def test_groups_that_the_provider_decides_about_follow_it() -> None:
    provider = Provider.model_validate(
        {
            "type": "google",
            "client_id": "x",
            "groups": {"/lab": "lab", "/staff": "staff", "/all": "staff"},
        }
    )
    of = Account("sso", "1", groups=frozenset({"/all", "/other"}))
    assert groups_here(provider, of, {"lab", "own"}) == {"staff", "own"}


@pytest.mark.parametrize(
    ("said", "issuer"),
    [
        ({"type": "google"}, "https://accounts.google.com"),
        ({"type": "huggingface"}, "https://huggingface.co"),
        ({"type": "microsoft", "tenant": "1-2"}, "https://login.microsoftonline.com/1-2/v2.0"),
        ({"type": "keycloak", "issuer": "https://k.org/realms/a"}, "https://k.org/realms/a"),
        ({"type": "oidc", "issuer": "http://localhost:9000"}, "http://localhost:9000"),
        ({"type": "oidc", "issuer": "http://[::1]"}, "http://[::1]"),
    ],
)
def test_where_providers_are(said: dict[str, Any], issuer: str) -> None:
    assert Provider.model_validate({"client_id": "x", **said}).issuer_url == issuer


@pytest.mark.parametrize(
    "said",
    [
        {"type": "oidc"},
        {"type": "keycloak"},
        {"type": "microsoft"},
        {"type": "microsoft", "tenant": "common"},
        {"type": "github"},
        {"type": "oidc", "issuer": "http://sso.example.org"},
        {"type": "oidc", "issuer": "http://localhost.example.org"},
        {"type": "oidc", "issuer": "ftp://sso.example.org"},
        {"type": "google", "client_secret": "in plain text"},
    ],
)
def test_what_cannot_work_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Provider.model_validate({"client_id": "x", **said})
