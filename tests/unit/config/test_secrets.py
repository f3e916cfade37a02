import copy
import json
import pickle

import pytest

from appliance.config.kept import SecretRef
from appliance.config.secrets import Secret, SecretError, resolve, resolve_all

FILE = SecretRef(file="token")


def test_a_secret_prints_as_dots_in_every_way():
    secret = Secret("hunter2")
    ways = (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>20}",
        f"{secret!r}",
        ascii(secret).encode().decode("unicode_escape"),
        repr({"a": secret}),
    )
    assert all("hunter2" not in way and "••••" in way for way in ways)
    assert secret.reveal() == "hunter2"


@pytest.mark.parametrize("store", [pickle.dumps, json.dumps, copy.deepcopy])
def test_a_secret_cannot_be_stored_or_copied(store):
    with pytest.raises(TypeError) as refused:
        store(Secret("hunter2"))
    assert "hunter2" not in str(refused.value)


def test_equal_secrets_are_equal():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        ("s", "s"),
        ("s\n", "s"),
        ("s\r\n", "s"),
        ("s\n\n", "s\n"),
        (" s ", " s "),
        ("a\nb\n", "a\nb"),
    ],
)
def test_one_line_end_is_not_part_of_a_secret(tmp_path, content, secret):
    (tmp_path / "token").write_bytes(content.encode())
    assert resolve(FILE, tmp_path).reveal() == secret


def test_a_file_is_looked_for_beside_the_yaml_or_where_it_is_absolute(tmp_path):
    path = tmp_path / "elsewhere"
    path.write_text("s")
    assert resolve(SecretRef(file=str(path)), tmp_path / "x").reveal() == "s"


def test_a_variable_is_taken_as_it_is(tmp_path):
    assert resolve(SecretRef(env="T"), tmp_path, {"T": "s\n"}).reveal() == "s\n"


@pytest.mark.parametrize(("environment", "words"), [({}, "is not set"), ({"T": ""}, "is empty")])
def test_a_variable_without_a_value_is_an_error(tmp_path, environment, words):
    with pytest.raises(SecretError, match=f"the environment variable T {words}"):
        resolve(SecretRef(env="T"), tmp_path, environment)


def test_a_missing_file_is_named_with_what_to_do(tmp_path):
    with pytest.raises(SecretError, match="there is no file token") as refused:
        resolve(FILE, tmp_path)
    assert str(tmp_path / "token") in refused.value.remedy


@pytest.mark.parametrize("content", [b"", b"\n", b"\xffhunter2", b"hunter2\0", b"hunter2" * 20_000])
def test_what_is_no_secret_is_refused_without_being_shown(tmp_path, content):
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SecretError) as refused:
        resolve(FILE, tmp_path)
    error = refused.value
    assert "hunter2" not in f"{error} {error.remedy} {error.__cause__}"


def test_a_folder_is_no_secret(tmp_path):
    with pytest.raises(SecretError, match="it is not a file"):
        resolve(SecretRef(file="."), tmp_path)


def test_all_secrets_of_an_app_or_the_key_that_has_none(tmp_path):
    (tmp_path / "token").write_text("s")
    assert resolve_all({"A": FILE}, tmp_path, "apps.a.secrets") == {"A": Secret("s")}
    with pytest.raises(SecretError, match=r"^apps\.a\.secrets\.B: there is no file nowhere"):
        resolve_all({"A": FILE, "B": SecretRef(file="nowhere")}, tmp_path, "apps.a.secrets")
