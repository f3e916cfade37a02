from dataclasses import replace
from itertools import product

import pytest

from appliance.auth.forward.policy import Ruling, rule
from appliance.auth.people.person import Person
from appliance.config.access import access, members_only
from appliance.config.auth import Members
from appliance.config.schema import Config

ADA = Person(
    id=1,
    name="ada",
    full_name="",
    email=None,
    email_verified=False,
    groups=frozenset({"lab", "staff"}),
    admin=False,
    disabled=False,
    declared=False,
    has_password=True,
    created=0.0,
)
VISITORS = {
    "stranger": None,
    "named": ADA,
    "in-group": replace(ADA, name="bob"),
    "neither": replace(ADA, name="eve", groups=frozenset({"other"})),
    "admin": replace(ADA, name="root", groups=frozenset(), admin=True),
    "disabled": replace(ADA, disabled=True),
}
RULES = {
    "public": "public",
    "signed-in": "signed-in",
    "users": Members(users=("ada",)),
    "groups": Members(groups=("lab", "guests")),
    "both": Members(users=("eve",), groups=("lab",)),
    "nobody": Members(),
}
YES, NO, SIGN_IN = Ruling.ADMITTED, Ruling.FORBIDDEN, Ruling.SIGN_IN
TABLE = {
    #            public  signed-in users  groups  both   nobody
    "stranger": (YES, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN),
    "named": (YES, YES, YES, YES, YES, NO),
    "in-group": (YES, YES, NO, YES, YES, NO),
    "neither": (YES, YES, NO, NO, YES, NO),
    "admin": (YES, YES, NO, NO, NO, NO),
    "disabled": (YES, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN),
}


@pytest.mark.parametrize(("visitor", "wanted"), list(product(VISITORS, RULES)))
def test_every_visitor_and_every_rule(visitor, wanted):
    expected = TABLE[visitor][list(RULES).index(wanted)]
    assert rule(RULES[wanted])(VISITORS[visitor]) is expected


@pytest.mark.parametrize(("visitor", "wanted"), list(product(VISITORS, RULES)))
def test_the_reason_agrees_with_the_ruling(visitor, wanted):
    found = rule(RULES[wanted])
    reason = found.reason(VISITORS[visitor])
    negative = "is none of" in reason or "Only people" in reason
    assert (found(VISITORS[visitor]) is not Ruling.ADMITTED) == negative


def config(**more):
    return Config.model_validate({"apps": {"a": {"source": "a"}}, **more})


def test_without_auth_apps_are_open_to_the_machine_alone():
    assert access(config(), "a") == "public"
    assert not members_only(config(), "a")
    assert access(config(domain="x.org"), "a") == "signed-in"
    assert members_only(config(domain="x.org"), "a")


@pytest.mark.parametrize(
    ("head", "auth", "expected"),
    [
        ({}, {}, "public"),
        ({"domain": "x.org"}, {}, "signed-in"),
        ({"domain": "x.org", "access": "local"}, {}, "public"),
        ({}, {"default": "signed-in"}, "signed-in"),
        ({"domain": "x.org"}, {"default": "public"}, "public"),
    ],
)
def test_the_default_follows_the_mode(head, auth, expected):
    assert access(config(**head, auth=auth), "a") == expected


def test_an_apps_own_rule_wins():
    own = {"a": {"source": "a", "access": {"groups": ["lab"]}}}
    found = access(config(apps=own, auth={"default": "public"}), "a")
    assert found == Members(groups=("lab",))
