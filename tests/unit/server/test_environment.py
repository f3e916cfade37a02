"""The variables a script sees."""

from appliance.apps.server.environment import environment
from appliance.apps.server.settings import Identity, Settings, Storage

SETTINGS = Settings(
    app="hello",
    file="app.py",
    listen_host="127.0.0.1",
    listen_port=1,
    root=None,
    path="/",
    storage=Storage(temp="/s/temp", examples="/s/examples", data="/s/data"),
    identity=Identity(audience="hello"),
)


def variables(**inherited: str) -> dict[str, str]:
    return environment(SETTINGS, "/s/examples/1", inherited)


def test_gradio_keeps_its_files_in_the_apps_folders() -> None:
    found = variables(GRADIO_TEMP_DIR="/tmp/other", HOME="/root")
    assert found["GRADIO_TEMP_DIR"] == "/s/temp"
    assert found["GRADIO_EXAMPLES_CACHE"] == "/s/examples/1"
    assert found["HOME"] == "/s/data"
    assert found["HF_HOME"] == "/s/data/huggingface"


def test_development_and_network_switches_are_off() -> None:
    names = ["GRADIO_VIBE_MODE", "GRADIO_WATCH_DIRS", "GRADIO_SHARE", "GRADIO_ROOT_PATH"]
    assert not set(names) & set(variables(**dict.fromkeys(names, "True")))


def test_nothing_is_reported_unless_the_host_says_so() -> None:
    assert variables()["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert variables(GRADIO_ANALYTICS_ENABLED="True")["GRADIO_ANALYTICS_ENABLED"] == "True"


def test_calls_to_itself_go_past_an_outgoing_proxy() -> None:
    assert variables(no_proxy="intra")["NO_PROXY"] == "intra,localhost,127.0.0.1,::1"


def test_the_apps_own_variables_pass() -> None:
    assert variables(TOKEN="t")["TOKEN"] == "t"
