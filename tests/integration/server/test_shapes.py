"""Every shape of script is served, and none knows the difference."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from gradio_client import Client

from tests.running.http import get, post
from tests.running.servers import Server, Servers


@contextmanager
def client(url: str, **options: object) -> Iterator[Client]:
    connected = Client(url, verbose=False, analytics_enabled=False, **options)
    try:
        yield connected
    finally:
        connected.close()


@pytest.fixture(scope="module")
def shapes(servers: Servers) -> dict[str, Server]:
    started = {
        "only_demo": servers.start("only_demo.py"),
        "own_app": servers.start("own_app.py", path="/hello"),
        "own_uvicorn": servers.start("own_uvicorn.py"),
        "server_mode": servers.start("server_mode.py", path="/hello"),
        "asynchronous": servers.start("asynchronous.py"),
        "login": servers.start("login.py"),
    }
    for server in started.values():
        server.wait_until_ready()
    return started


def test_a_script_is_main_as_if_run_by_python(shapes: dict[str, Server]) -> None:
    server = shapes["only_demo"]
    with client(server.url) as app:
        seen = app.predict(api_name="/inspected")
    source = server.folder / "source"
    assert seen == {
        "name": "__main__",
        "file": str(source / "only_demo.py"),
        "argv": ["only_demo.py"],
        "folder": str(source),
        "read": "beside",
        "sibling": "sibling",
        "source": "def square(number):\n    return number * number\n",
        "squares": [9],
    }


def test_an_own_fastapi_app_lives_below_its_path_as_a_whole(shapes: dict[str, Server]) -> None:
    server = shapes["own_app"]
    assert get(server.url + "own").json() == {"url": server.url + "own"}
    assert get(server.url + "away").headers["location"] == "/hello/own"
    with client(server.url + "gradio") as app:
        assert app.predict("quiet", api_name="/upper") == "QUIET"
    config = get(server.url + "gradio/config").json()
    assert config["root"] == server.url + "gradio"


def test_a_mounted_app_takes_no_path_that_was_not_uploaded(shapes: dict[str, Server]) -> None:
    server = shapes["own_app"]
    sent = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    begun = post(server.url + "second/gradio_api/call/same", json={"data": [sent]}).json()
    answer = get(f"{server.url}second/gradio_api/call/same/{begun['event_id']}").text
    assert "event: error" in answer
    assert "event: complete" not in answer


def test_an_app_given_to_uvicorn_by_name_is_served_in_one_process(
    shapes: dict[str, Server],
) -> None:
    server = shapes["own_uvicorn"]
    assert get(server.url + "own").json() == {"url": server.url + "own"}
    with client(server.url + "gradio") as app:
        assert app.predict("quiet", api_name="/upper") == "QUIET"


def test_server_mode_has_its_functions_and_its_routes(shapes: dict[str, Server]) -> None:
    server = shapes["server_mode"]
    assert get(server.url + "own").json() == {"own": True}
    with client(server.url) as app:
        assert app.predict("quiet", api_name="/upper") == "QUIET"


def test_a_launch_that_does_not_block_returns(shapes: dict[str, Server]) -> None:
    server = shapes["asynchronous"]
    assert "returned from launch" in server.log
    with client(server.url) as app:
        assert app.predict(api_name="/read") == "still there"


def test_the_scripts_own_login_holds(shapes: dict[str, Server]) -> None:
    server = shapes["login"]
    assert get(server.url + "config").status_code == 401
    assert "members only" in get(server.url).text
    with client(server.url, auth=("ada", "lovelace")) as app:
        assert app.predict("quiet", api_name="/upper") == "QUIET"


BROKEN = {
    "raises.py": "def load_model():\n    raise RuntimeError('no such model')\n\n\nload_model()\n",
    "syntax.py": "def broken(:\n",
    "nothing.py": "answer = 42\n",
    "several.py": (
        "import gradio as gr\n"
        "one = gr.Interface(lambda x: x, 'text', 'text')\n"
        "two = gr.Interface(lambda x: x, 'text', 'text')\n"
    ),
    "exits.py": "import sys\nsys.exit(7)\n",
}
FAILURES = {
    "raises.py": (1, "in load_model\n    raise RuntimeError", "RuntimeError: no such model\n"),
    "syntax.py": (1, "syntax.py", "SyntaxError: invalid syntax\n"),
    "nothing.py": (1, "The script ended without serving an app", "demo.launch().\n"),
    "several.py": (1, "defines several apps (one, two)", "none is called `demo`.\n"),
    "exits.py": (7, "exits.py ended itself", "exit code 7 before it served an app.\n"),
    "missing.py": (1, "The script missing.py does not exist", "front matter.\n"),
}


@pytest.fixture(scope="module")
def failed(servers: Servers) -> dict[str, Server]:
    return {script: servers.start(script, text=BROKEN.get(script)) for script in FAILURES}


@pytest.mark.parametrize("script", FAILURES)
def test_what_cannot_be_served_says_why_as_its_last_words(
    failed: dict[str, Server], script: str
) -> None:
    code, within, last = FAILURES[script]
    server = failed[script]
    assert server.process.wait(240) == code
    assert within in server.log
    assert server.log.endswith(last)
    assert "appliance_server" not in server.log
    assert "apps/server" not in server.log
