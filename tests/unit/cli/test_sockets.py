import json
import socketserver
import subprocess
import threading
from http.server import BaseHTTPRequestHandler

import httpx
import pytest
import typer
from typer.testing import CliRunner

from appliance.cli import _errors, program
from appliance.cli._errors import CliError, NotRunningError
from appliance.cli._sockets import (
    answer,
    apps_host,
    control,
    known_app,
    places_of,
    places_written,
    relay,
)
from appliance.supervisor import lock
from tests.unit.cli.conftest import app, host

DOCUMENT = host(app("hello"), app("image-filter")).model_dump_json().encode()


@pytest.fixture
def answering(tmp_path, monkeypatch):
    """A peer on `apps.sock` that knows two apps."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(DOCUMENT)))
            self.end_headers()
            self.wfile.write(DOCUMENT)

        def address_string(self):
            return "unix"

        def log_message(self, *_):
            """Quiet."""

    monkeypatch.setenv("APPLIANCE_RUN", str(tmp_path))
    with socketserver.ThreadingUnixStreamServer(str(tmp_path / "apps.sock"), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield tmp_path / "appliance.yaml"
        server.shutdown()
        thread.join()


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("APPLIANCE_RUN", str(tmp_path))
    return tmp_path / "appliance.yaml"


def test_when_nothing_runs_the_command_to_start_is_named(nobody):
    with pytest.raises(NotRunningError) as caught, apps_host(nobody) as client:
        client.get("/apps")
    assert caught.value.summary == "The appliance does not run."
    assert "scripts/up" in caught.value.remedy
    assert caught.value.exit_code == 3


def test_when_only_the_relay_is_away_it_is_named(nobody, tmp_path):
    with pytest.raises(NotRunningError) as caught, relay(nobody):
        pass
    assert caught.value.summary == "The appliance does not run."
    (tmp_path / "control.sock").touch()
    with pytest.raises(NotRunningError) as caught, relay(nobody):
        pass
    assert caught.value.summary == "The relay does not run."
    assert "scripts/up" in caught.value.remedy


def test_a_misspelt_name_brings_the_nearest(answering):
    with apps_host(answering) as client, pytest.raises(CliError) as caught:
        known_app(client, "image-fliter")
    assert caught.value.remedy == "Did you mean 'image-filter'?"


def test_a_name_like_no_other_brings_the_list(answering):
    with apps_host(answering) as client, pytest.raises(CliError) as caught:
        known_app(client, "zzz")
    assert caught.value.remedy == "There are: hello, image-filter"


def test_apps_are_printed_as_json(answering):
    result = CliRunner().invoke(program("apps", "ports"), ["apps", "--json"])
    assert result.exit_code == 0
    assert [found["name"] for found in json.loads(result.stdout)["apps"]] == [
        "hello",
        "image-filter",
    ]


def test_apps_are_printed_as_a_table(answering):
    result = CliRunner().invoke(program("apps", "ports"), ["apps"])
    assert "hello" in result.stdout
    assert "● live" in result.stdout


@pytest.mark.parametrize(
    "text", ["storage: {data: /srv/data}", "storage: {data: /srv/data}\nunknown: 1\n"]
)
def test_the_data_folder_of_a_yaml_that_cannot_be_used_is_still_found(tmp_path, text, monkeypatch):
    monkeypatch.delenv("APPLIANCE_DATA", raising=False)
    (tmp_path / "appliance.yaml").write_text(text)
    assert str(places_of(tmp_path / "appliance.yaml").data) == "/srv/data"


@pytest.mark.parametrize("text", ["", "a: [", "storage: 5", "storage: {data: 5}"])
def test_without_a_readable_data_folder_the_default_is_taken(tmp_path, text):
    (tmp_path / "appliance.yaml").write_text(text)
    assert places_of(tmp_path / "appliance.yaml").data == tmp_path / "data"


@pytest.mark.parametrize("text", ["storage: {data: kept", "storage: {data: elsewhere}", None])
def test_one_that_runs_is_found_whatever_became_of_its_yaml(tmp_path, monkeypatch, text):
    monkeypatch.delenv("APPLIANCE_DATA", raising=False)
    file, kept = tmp_path / "appliance.yaml", tmp_path / "kept"
    kept.mkdir()
    if text is None:
        file.mkdir()
    else:
        file.write_text(text)
    told = {"APPLIANCE_FILE": str(file), "APPLIANCE_DATA": str(kept)}
    with (
        subprocess.Popen(["sleep", "600"], env=told) as process,
        lock.held(kept / "appliance.lock", lock.Holder(process.pid, str(file), ())),
    ):
        try:
            assert places_of(file).data == kept
            assert places_written(file).data != kept
        finally:
            process.kill()
    assert places_of(file).data != kept


def test_an_error_is_printed_as_it_is(capsys):
    assert _errors.report(CliError("There is no app '[bold]'.", "Look.")) == 1
    assert capsys.readouterr().err == "✗ There is no app '[bold]'.\n  → Look.\n"


def test_the_version_is_told():
    result = CliRunner().invoke(program("ports", "down"), ["--version"])
    assert result.stdout.startswith("Gradio Appliance ")
    assert isinstance(program("ports"), typer.Typer)


def test_a_process_that_is_started_again_is_no_appliance_that_does_not_run(tmp_path):
    file = tmp_path / "appliance.yaml"
    where = places_of(file)
    where.data.mkdir()
    with (
        lock.held(where.lock, lock.Holder(1, str(file), ())),
        pytest.raises(NotRunningError, match="The control process does not answer") as told,
        control(file),
    ):
        pytest.fail("nobody is there")
    assert str(where.logs) in told.value.remedy
    with pytest.raises(NotRunningError, match="The appliance does not run"), control(file):
        pytest.fail("nobody is there")


def test_who_names_nobody_learns_where_all_are_listed():
    body = {"detail": "There is nobody called 'adda'.", "code": "unknown-person"}
    with pytest.raises(CliError) as caught:
        answer(httpx.Response(404, json=body))
    assert caught.value.summary == "There is nobody called 'adda'."
    assert caught.value.remedy == "`scripts/appliance users` lists them."
