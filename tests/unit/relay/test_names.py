import pytest

from appliance.relay.names import Dialect, answered, dialect, hashed, same
from appliance.relay.wire.messages import Login, NewProxy
from tests.unit.relay import vectors


@pytest.mark.parametrize(("name", "expected"), vectors.HASHED_NAMES.items())
def test_hashed_names(name: str, expected: str) -> None:
    assert hashed(name) == expected


@pytest.mark.parametrize(
    ("version", "name", "subdomain", "expected"),
    [
        ("0.44.0", "token", "random", Dialect.GRADIO),
        ("0.44.0", "random", "", Dialect.GRADIO_OLDEST),
        ("0.44.0", "web", "web", Dialect.UPSTREAM),
        ("0.65.0", "token", "random", Dialect.UPSTREAM),
    ],
)
def test_clients_are_told_apart(version: str, name: str, subdomain: str, expected: Dialect) -> None:
    login, proxy = Login(version=version), NewProxy(proxy_name=name, subdomain=subdomain)
    assert dialect(login, proxy) is expected


def test_only_gradios_client_is_answered_with_the_hash() -> None:
    assert answered("testtoken", Dialect.GRADIO) == vectors.HASHED_NAMES["testtoken"]
    assert answered("testtoken", Dialect.UPSTREAM) == "testtoken"
    assert answered("random", Dialect.GRADIO_OLDEST) == "random"


def test_a_proxy_can_be_closed_by_either_name() -> None:
    assert same("testtoken", "testtoken")
    assert same("testtoken", vectors.HASHED_NAMES["testtoken"])
    assert not same("testtoken", "other")
