from pathlib import Path

import pytest

from appliance.apps import planning
from appliance.apps.model import AppSpec, Identity, Placement
from appliance.apps.planning import Blueprint, Context, instance_id, slot_of
from appliance.apps.runtime import BuildError
from appliance.config.kept import SecretRef
from appliance.config.schema import App

CONTEXT = Context(Path("/none"), telemetry=False, key=b"k" * 32, server="s")


def spec(**keys: object) -> AppSpec:
    app = App.model_validate({"source": "hello", **keys})
    return AppSpec(name="hello", app=app, placement=Placement(root=None, path="/hello"))


def blueprint(found: AppSpec, context: Context = CONTEXT, generation: int = 0) -> Blueprint:
    return Blueprint(found, planning.variables(found, context), generation, context)


def test_settings_that_an_instance_cannot_take_up_change_its_fingerprint() -> None:
    same = {
        blueprint(spec()).fingerprint("app.py"),
        blueprint(spec(drain="5s")).fingerprint("app.py"),
    }
    assert len(same) == 1
    different = {
        blueprint(found).fingerprint("app.py")
        for found in (
            spec(),
            spec(env={"A": "1"}),
            spec(limits={"memory": "1g"}),
            spec(files={"allowed": ["data"]}),
            spec(cache={"examples": "lazy"}),
            spec(embed={"origins": ["https://blog.example.org"]}),
        )
    } | {blueprint(spec(), generation=1).fingerprint("app.py")}
    assert len(different) == 7


def test_a_secret_reaches_the_app_but_no_print_of_the_plan(monkeypatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "hunter22")
    found = spec(secrets={"TOKEN": SecretRef(env="MY_TOKEN")})
    before = blueprint(found)
    assert before.variables.revealed()["TOKEN"] == "hunter22"
    assert "hunter22" not in repr(before)
    assert before.variables.redact("got hunter22!") == "got ••••!"
    monkeypatch.setenv("MY_TOKEN", "hunter23")
    assert blueprint(found).fingerprint("app.py") != before.fingerprint("app.py")


def test_a_fingerprint_tells_nothing_about_a_secret_to_another_host(monkeypatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "hunter22")
    found = spec(secrets={"TOKEN": SecretRef(env="MY_TOKEN")})
    other = Context(Path("/none"), telemetry=False, key=b"o" * 32, server="s")
    assert blueprint(found).fingerprint("a") != blueprint(found, other).fingerprint("a")


def test_a_missing_secret_names_its_key_and_its_place() -> None:
    with pytest.raises(BuildError) as caught:
        planning.variables(spec(secrets={"TOKEN": SecretRef(file="no.txt")}), CONTEXT)
    assert "apps.hello.secrets.TOKEN" in caught.value.summary


def test_reports_are_made_only_on_request() -> None:
    telling = Context(Path("/none"), telemetry=True, key=b"k", server="s")
    assert not planning.variables(spec(), CONTEXT).plain
    assert planning.variables(spec(), telling).plain == {"GRADIO_ANALYTICS_ENABLED": "True"}


def test_the_name_of_an_instance_fits_a_dns_label_and_tells_its_slot() -> None:
    name = instance_id("a" * 40, "r999-4f2a9c1b", 31, "f" * 32)
    assert len(name) <= 63
    assert slot_of(name) == 31
    assert slot_of(instance_id("my-app-1", "r3-4f2a9c1b", 0, "9d1e")) == 0


@pytest.mark.parametrize(
    ("required", "login", "own"),
    [(True, "appliance", False), (True, "script", True), (False, "appliance", True)],
)
def test_a_login_of_the_scripts_own_stays_unless_ours_replaces_it(
    *, required: bool, login: str, own: bool
) -> None:
    identity = Identity(keys=("key",), required=required)
    found = spec(login=login).model_copy(update={"identity": identity})
    told = planning.settings(found, "app.py", b"k").identity
    assert (told.keys, told.required, told.own_login) == (("key",), required, own)
    assert told.audience == "hello"
