"""The stock Python client, unmodified, gets through the door as the person it belongs to."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AuthenticationError
from huggingface_hub.errors import HFValidationError

from tests.integration.auth.conftest import PASSWORD, Front
from tests.running.servers import Servers


def call(client: Client, *data: object, api_name: str) -> Any:
    """As `predict`, which would wait for ever."""
    return client.submit(*data, api_name=api_name).result(timeout=120)


def asked(client: Client) -> str:
    return call(client, "Hello", api_name="/who")


def test_python_signs_in_with_a_password(door: Front, url: str) -> None:
    client = Client(url, auth=("ada", PASSWORD), verbose=False)
    assert asked(client) == "Hello ada"
    assert call(client, handle_file(__file__), api_name="/size") == Path(__file__).stat().st_size


def test_python_signs_in_with_a_token_as_password(door: Front, url: str) -> None:
    assert asked(Client(url, auth=("ada", door.token()), verbose=False)) == "Hello ada"


def test_python_shows_a_token(door: Front, url: str) -> None:
    assert asked(Client(url, token=door.token(), verbose=False)) == "Hello ada"
    bearer = {"Authorization": f"Bearer {door.token()}"}
    assert asked(Client(url, headers=bearer, verbose=False)) == "Hello ada"


def test_a_script_finds_in_headers_what_was_proved(door: Front, url: str) -> None:
    claims = {"Remote-User": "root", "Remote_Groups": "admins"}
    client = Client(url, token=door.token(), headers=claims, verbose=False)
    assert call(client, api_name="/told") == {
        "remote-user": "ada",
        "remote-name": "Ada L.",
        "remote-email": "ada@example.org",
        "remote-groups": "lab",
        "authorization": None,
        "x-hf-authorization": None,
        "cookie": None,
    }


def test_python_streams_what_a_function_makes_bit_by_bit(door: Front, url: str) -> None:
    client = Client(url, token=door.token(), verbose=False)
    job = client.submit(api_name="/steps")
    assert next(iter(job)) == "first"
    assert not job.done()
    assert call(client, api_name="/go") == "gone"
    assert job.result(timeout=120) == "second"
    assert job.outputs() == ["first", "second"]


@pytest.mark.parametrize("how", ["token", "password"])
def test_python_uploads_and_downloads(door: Front, url: str, tmp_path: Path, how: str) -> None:
    shown = {"token": door.token()} if how == "token" else {"auth": ("ada", PASSWORD)}
    client = Client(url, download_files=tmp_path, verbose=False, **shown)
    copy = Path(call(client, handle_file(__file__), api_name="/copied"))
    assert copy.is_relative_to(tmp_path)
    assert copy.read_bytes() == Path(__file__).read_bytes()


def test_python_takes_what_httpx_takes(door: Front, url: str, tmp_path: Path) -> None:
    """Time-outs and proxies, and a cookie that somebody has from elsewhere."""
    name, _, secret = door.session()["Cookie"].partition("=")
    given = {"timeout": 60, "trust_env": False, "cookies": {name: secret}}
    client = Client(url, httpx_kwargs=given, download_files=tmp_path, verbose=False)
    assert asked(client) == "Hello ada"
    copy = call(client, handle_file(__file__), api_name="/copied")
    assert Path(copy).read_bytes() == Path(__file__).read_bytes()


def test_a_token_saved_for_hugging_face_opens_nothing_and_stays_at_the_door(
    door: Front, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's client sends it to any app when it is given none."""
    monkeypatch.setenv("HF_TOKEN", "hf_saved")
    with pytest.raises(AuthenticationError, match="credentials were not provided"):
        Client(url, verbose=False)
    client = Client(url, auth=("ada", PASSWORD), verbose=False)
    assert client.headers["x-hf-authorization"] == "Bearer hf_saved"
    seen = call(client, api_name="/told")
    assert (seen["remote-user"], seen["x-hf-authorization"]) == ("ada", None)
    assert "hf_saved" not in str(seen)
    chosen = Client(url, token=door.token(), verbose=False)
    assert asked(chosen) == "Hello ada"


def test_python_is_told_that_it_must_sign_in(door: Front, url: str) -> None:
    wrong = door.token()
    door.door.tokens.revoke_all(door.door.people.named("ada").id)
    for shown in ({}, {"token": wrong}, {"headers": {"Authorization": f"Bearer {wrong}"}}):
        with pytest.raises(AuthenticationError, match="credentials were not provided"):
            Client(url, verbose=False, **shown)
    for word in ("wrong password", wrong):
        with pytest.raises(AuthenticationError, match="Invalid credentials"):
            Client(url, auth=("ada", word), verbose=False)


def test_python_signs_in_no_more_after_too_many_attempts(door: Front, url: str) -> None:
    """Its own words are the same for all but 401; the answer says for how long."""
    for _ in range(5):
        with pytest.raises(AuthenticationError, match="Invalid credentials"):
            Client(url, auth=("nobody", "wrong password"), verbose=False)
    with pytest.raises(ValueError, match="Could not login") as caught:
        Client(url, auth=("nobody", "wrong password"), verbose=False)
    assert not isinstance(caught.value, AuthenticationError)


def test_python_is_told_that_an_app_is_for_others(door: Front, url: str) -> None:
    with pytest.raises(ValueError, match="Could not fetch config"):
        Client(url, token=door.token("bob"), verbose=False)
    with pytest.raises(ValueError, match="Could not login"):
        Client(url, auth=("bob", PASSWORD), verbose=False)


def test_python_duplicates_no_app_of_ours(url: str) -> None:
    """There is no Space behind it; the client says so without asking anybody."""
    with pytest.raises(HFValidationError, match="Repo id must be"):
        Client.duplicate(url, token="hf_none")


def test_another_app_loads_ours(door: Front, url: str, tmp_path: Path) -> None:
    """`gr.load` with the loader that takes addresses; the app is called as whose token it has."""
    servers = Servers(tmp_path)
    with servers.running:
        secret = {"TOKEN": door.token(), "ADDRESS": url}
        loading = servers.start("loading.py", text=LOADING, environment=secret)
        loading.wait_until_ready()
        with_page = Client(loading.url, verbose=False)
        assert asked(with_page) == "Hello ada"


LOADING = """
import os

import gradio as gr
from gradio.external import from_spaces_blocks

demo = gr.load(os.environ["ADDRESS"], src=from_spaces_blocks, token=os.environ["TOKEN"])
demo.launch()
"""


def test_python_is_told_when_it_calls_too_often(limited: Front) -> None:
    client = Client(f"http://{limited.local_host}/who/", token=limited.token(), verbose=False)
    assert asked(client) == "Hello ada"
    with pytest.raises(httpx.HTTPStatusError, match="429 Too Many Requests") as refused:
        asked(client)
    answer = refused.value.response
    assert answer.json()["detail"] == "Too many calls: the next one may be made in 60 min."
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
