import json

import pytest

from appliance.config.planning import Action, plan
from appliance.config.schema import Config


def config(*, top=None, **apps):
    return Config.model_validate({"apps": apps, **(top or {})})


def hello(**keys):
    return {"source": "examples/hello", **keys}


def steps(old, new):
    return [(step.action, step.app, step.keys) for step in plan(old, new).steps]


def test_equal_configurations_need_nothing():
    found = plan(config(hello=hello()), config(hello=hello()))
    assert not found
    assert str(found) == "Nothing changes."


def test_at_first_every_app_is_added_and_told_with_its_address():
    found = plan(None, config(hello=hello()))
    assert str(found) == "hello: added, will be served at http://localhost:8080/hello"
    assert found.steps[0].action is Action.ADD


def test_an_app_that_is_gone_is_removed_and_others_are_not_mentioned():
    old = config(hello=hello(), chat=hello())
    assert steps(old, config(chat=hello())) == [(Action.REMOVE, "hello", ())]


@pytest.mark.parametrize(
    ("key", "value"), [("source", "b"), ("file", "b.py"), ("python", "3.12"), ("gradio", "6.1")]
)
def test_what_is_built_in_needs_a_new_release(key, value):
    found = steps(config(hello=hello()), config(hello=hello(**{key: value})))
    assert found == [(Action.RELEASE, "hello", (key,))]


@pytest.mark.parametrize(
    ("app", "key"),
    [
        ({"limits": {"memory": "2g"}}, "limits.memory"),
        ({"env": {"A": "1"}}, "env.A"),
        ({"secrets": {"A": {"env": "B"}}}, "secrets.A"),
        ({"files": {"allowed": ["/data"]}}, "files.allowed"),
        ({"cache": {"temp": {"keep": "1h"}}}, "cache.temp.keep"),
        ({"embed": {"origins": ["https://example.org"]}}, "embed.origins"),
    ],
)
def test_settings_need_new_instances_only(app, key):
    found = steps(config(hello=hello()), config(hello=hello(**app)))
    assert found == [(Action.INSTANCES, "hello", (key,))]


def test_a_new_release_brings_the_new_settings_with_it():
    found = steps(config(hello=hello()), config(hello=hello(file="b.py", env={"A": "1"})))
    assert found == [(Action.RELEASE, "hello", ("file", "env.A"))]


def test_values_are_never_told():
    new = config(hello=hello(env={"GREETING": "a-private-word"}))
    assert "a-private-word" not in str(plan(config(hello=hello()), new))
    assert "a-private-word" not in json.dumps(plan(config(hello=hello()), new).as_json())


def test_a_route_moves_from_one_address_to_another():
    found = plan(config(hello=hello()), config(hello=hello(path="/hi")))
    assert [(step.action, step.keys) for step in found.steps] == [(Action.MOVE, ("path",))]
    assert "from http://localhost:8080/hello to http://localhost:8080/hi" in str(found)


def test_a_domain_moves_every_app_and_the_overview():
    old, new = config(hello=hello()), config(hello=hello(), top={"domain": "example.org"})
    assert steps(old, new) == [
        (Action.RESTART, None, ("domain",)),
        (Action.MOVE, None, ("domain",)),
        (Action.INSTANCES, "hello", ("auth",)),
        (Action.MOVE, "hello", ("domain",)),
    ]


@pytest.mark.parametrize(
    ("top", "key"),
    [
        ({"ports": {"http": 8000}}, "ports.http"),
        ({"storage": {"data": "other"}}, "storage.data"),
        ({"runtime": "process"}, "runtime"),
    ],
)
def test_ports_storage_and_runtime_need_scripts_up(top, key):
    found = plan(config(hello=hello()), config(hello=hello(), top=top))
    assert [(step.action, step.keys) for step in found.steps] == [(Action.RESTART, (key,))]
    assert "scripts/up" in str(found)


def test_replicas_start_and_stop_instances_without_replacing_any():
    found = plan(config(hello=hello()), config(hello=hello(replicas=3)))
    assert str(found) == "hello: 1 -> 3 instances"


def test_patience_applies_without_touching_what_runs():
    found = steps(config(hello=hello()), config(hello=hello(drain="1m", start_timeout="1m")))
    assert found == [(Action.NOTE, "hello", ("start_timeout", "drain"))]


def test_usage_reports_are_a_setting_of_every_app():
    found = steps(config(hello=hello()), config(hello=hello(), top={"analytics": {"gradio": True}}))
    assert found == [(Action.INSTANCES, "hello", ("analytics.gradio",))]


def test_a_plan_is_plain_json():
    found = json.loads(json.dumps(plan(None, config(hello=hello())).as_json()))
    assert found[0]["action"] == "add-app"
    assert found[0]["app"] == "hello"


SHARING = {"share": {}}


@pytest.mark.parametrize(
    ("old", "new", "keys", "says"),
    [
        ({}, SHARING, ("share",), "links to shares begin, below share.localhost"),
        (SHARING, {}, ("share",), "links to shares end; names and keys are kept"),
        (SHARING, {"share": {"domain": "s.org"}}, ("share.domain",), "share.localhost to s.org"),
        (SHARING, {"share": {"expires": "none"}}, ("share.expires",), "`share.expires`: applies"),
        (SHARING, {"share": {"workers": 2}}, ("share.workers",), "lose their connection once"),
    ],
)  # fmt: skip
def test_changes_of_shares_are_told(old, new, keys, says):
    found = [s for s in plan(config(top=old), config(top=new)).steps if s.action is Action.SHARE]
    assert [step.keys for step in found] == [keys]
    assert says in found[0].text


def test_another_database_is_opened_at_the_next_start_and_brings_nobody_along_by_itself():
    elsewhere = {"auth": {"database": {"env": "PEOPLE"}}}
    for before, after in (({"auth": {}}, elsewhere), (elsewhere, {"auth": {}})):
        [step] = plan(config(top=before), config(top=after)).steps
        assert (step.action, step.keys) == (Action.RESTART, ("auth.database",))
        assert "stop the appliance" in step.text
        assert "`scripts/appliance database copy`" in step.text
    assert not plan(config(top=elsewhere), config(top=elsewhere))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ({"auth": {}}, {"auth": {"audit": {"keep": "30d"}}}, "kept for 30d; older ones go at once"),
        ({"auth": {"audit": {"keep": "30d"}}}, {"auth": {"audit": {"keep": "none"}}}, "for ever"),
    ],
)
def test_how_long_the_audit_is_kept_is_told(old, new, says):
    [step] = plan(config(top=old), config(top=new)).steps
    assert (step.action, step.keys) == (Action.AUDIT, ("auth.audit.keep",))
    assert says in step.text


def test_another_port_of_share_clients_needs_a_restart():
    before, after = ({"share": {"port": port}} for port in (7000, 7001))
    assert steps(config(top=before), config(top=after)) == [(Action.RESTART, None, ("share.port",))]
    assert (Action.RESTART, None, ("share",)) in steps(config(), config(top=SHARING))


def test_signing_in_gives_every_app_the_key_of_its_visitors():
    found = steps(config(hello=hello()), config(hello=hello(), top={"auth": {}}))
    assert found == [(Action.INSTANCES, "hello", ("auth",))]


def test_who_may_see_an_app_applies_at_once():
    signed = {"auth": {}}
    old = config(hello=hello(access="signed-in"), top=signed)
    new = config(hello=hello(access={"groups": ["lab"]}), top=signed)
    assert steps(old, new) == [(Action.NOTE, "hello", ("access",))]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ({"hello": hello(access="public")}, {"hello": hello(access="signed-in")}, "access"),
        ({"hello": hello()}, {"hello": hello(), "default": "signed-in"}, "auth.default"),
    ],
)
def test_an_app_that_closes_gets_instances_that_insist(old, new, key):
    def made(parts):
        auth = {"default": parts["default"]} if "default" in parts else {}
        return config(hello=parts["hello"], top={"auth": auth})

    first = plan(made(old), made(new)).steps[0]
    assert (first.action, first.keys) == (Action.INSTANCES, (key,))


@pytest.mark.parametrize(
    ("old", "new", "keys", "words"),
    [
        ({}, {"visits": "off"}, ("visits",), "not counted any more"),
        ({"visits": "off"}, {}, ("visits",), "counted from now on"),
        ({}, {"visits": {"keep": "30d"}}, ("visits.keep",), "kept for 30d"),
    ],
)
def test_counting_visits_needs_no_restart(old, new, keys, words):
    (step,) = plan(config(hello=hello(), top=old), config(hello=hello(), top=new)).steps
    assert (step.action, step.app, step.keys) == (Action.VISITS, None, keys)
    assert words in step.text
