import pytest

from appliance.config.policies import policies
from appliance.config.schema import Config

HELLO = {"source": "hello"}
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$"


def config(**more: object) -> Config:
    return Config.model_validate({"domain": "x.org", "apps": {"hello": HELLO}, **more})


def told(before: Config, after: Config) -> list[tuple[str, str, str]]:
    return [(one.kind, one.app or one.person, one.detail) for one in policies(before, after)]


@pytest.mark.parametrize(
    ("access", "words"),
    [
        ("public", "signed-in -> public"),
        ({"users": ["ada"], "groups": ["lab"]}, "signed-in -> users ada and groups lab"),
        ({}, "signed-in -> nobody"),
    ],
)
def test_another_access_is_told_as_it_was_and_is(access: object, words: str) -> None:
    after = config(apps={"hello": {**HELLO, "access": access}})
    assert told(config(), after) == [("access.changed", "hello", words)]


def test_another_default_is_told_of_each_app_that_it_is_about() -> None:
    apps = {"hello": HELLO, "closed": {**HELLO, "access": "signed-in"}}
    before, after = config(apps=apps), config(apps=apps, auth={"default": "public"})
    assert told(before, after) == [("access.changed", "hello", "signed-in -> public")]


def test_an_app_begins_with_its_rule() -> None:
    apps = {"hello": HELLO, "open": {**HELLO, "access": "public"}}
    assert told(config(), config(apps=apps)) == [("access.changed", "open", "new: public")]
    assert told(config(apps=apps), config()) == []


@pytest.mark.parametrize(
    ("after", "detail"),
    [
        ({"auth": {"second_factor": "required"}}, "auth.second_factor"),
        ({"auth": {"lockout": {"failures": 9}}}, "auth.lockout.failures"),
        ({"auth": {"providers": {"g": {"type": "google", "client_id": "1"}}}}, "auth.providers.g"),
        ({"share": {"plain": False}}, "share.plain"),
        ({"apps": {"hello": {**HELLO, "embed": {"origins": ["https://a.org"]}}}}, "embed.origins"),
    ],
)
def test_other_rules_are_named(after: dict[str, object], detail: str) -> None:
    [(kind, _, said)] = told(config(share={}), config(**{"share": {}, **after}))
    assert (kind, said) == ("policy.changed", detail)


def test_who_sees_links_is_told() -> None:
    after = config(share={"who_can_view": {"groups": ["lab"]}})
    assert told(config(share={}), after) == [("access.changed", "", "links: public -> groups lab")]


def test_people_of_the_yaml_are_told_and_their_hashes_are_not() -> None:
    ada, none = {"password_hash": f"{HASH}YQ"}, config()
    before = config(auth={"users": {"ada": ada}})
    after = config(auth={"users": {"ada": {"password_hash": f"{HASH}Yg", "admin": True}}})
    assert told(none, before) == [("person.declared", "ada", "")]
    assert told(before, after) == [("person.changed", "ada", "password_hash, admin")]
    assert told(after, none) == [("person.withdrawn", "ada", "")]


def test_what_has_nothing_to_do_with_it_is_not_told() -> None:
    after = config(apps={"hello": {**HELLO, "replicas": 3}}, domain="y.org")
    assert told(config(), after) == []
    local = Config.model_validate({"apps": {}})
    assert told(local, Config.model_validate({"apps": {"hello": HELLO}})) == []


def test_that_nobody_signs_in_any_more_is_told_first() -> None:
    before = Config.model_validate(
        {"auth": {}, "apps": {"hello": {**HELLO, "access": "signed-in"}}}
    )
    after = Config.model_validate({"apps": {"hello": HELLO}})
    assert told(before, after) == [
        ("policy.changed", "", "nobody signs in: all apps are open"),
        ("access.changed", "hello", "signed-in -> public"),
    ]
