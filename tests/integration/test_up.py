"""`appliance up`: real processes, a real Traefik, a real Gradio app in its own environment."""

import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

import httpx
import psutil
import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import expect
from prometheus_client.parser import text_string_to_metric_families

from tests.browser.conftest import browser, visit
from tests.running import grafana
from tests.running.process import child
from tests.running.repository import Repository, served
from tests.running.ssh import forwarded
from tests.running.up import PATIENCE, Site, logs, until
from tests.running.waiting import sign_in

# The first start downloads an environment.
pytestmark = pytest.mark.timeout(900)
__all__ = ["browser", "visit"]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def site():
    # A short path: the sockets of a deep one are kept elsewhere, which has tests of its own.
    folder = Path(tempfile.mkdtemp(prefix="up-"))
    site = Site(folder)
    try:
        started = site.appliance("up", "--detach")
        assert started.returncode == 0, started.stdout + started.stderr + logs(site)
        yield site
    finally:
        site.appliance("down")
        for process in site.processes():
            process.kill()
        shutil.rmtree(folder)


def test_the_app_and_the_overview_are_served_as_soon_as_it_says_so(site):
    assert site.page() == 200
    assert site.page("/") == 200


def test_apps_are_listed_with_their_addresses(site):
    (app,) = json.loads(site.appliance("apps", "--json").stdout)["apps"]
    assert app["phase"] == "live"
    assert app["address"] == f"{site.url}/tiny"


def test_visits_are_counted_and_told_to_people_and_prometheus(site):
    client = Client(f"{site.url}/tiny/", verbose=False)
    source = site.folder / "visit.txt"
    source.write_text("visit")
    client.predict(handle_file(source), api_name="/shout")
    assert site.page("/tiny/nowhere") == 404
    (today,) = json.loads(site.appliance("visits", "tiny", "--json").stdout)["days"][-1:]
    assert today["predictions"] >= 1
    assert today["refused"] >= 1
    assert today["visitors"] >= 1
    assert today["clients"]["gradio_client"] >= 1
    assert "127.0.0.1" not in json.dumps(today)
    lines = site.appliance("visits", "--csv").stdout.splitlines()
    assert lines[0].startswith("day,kind,name,visitors,requests")
    text = httpx.get(f"http://127.0.0.1:{site.metrics}/metrics", timeout=30).text
    found = {
        (sample.name, sample.labels.get("process") or sample.labels.get("app")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    for process in ("control", "apps", "relay", "proxy"):
        assert found["appliance_up", process] == 1
        assert found["process_resident_memory_bytes", process] > 0
    assert found["appliance_visits_predictions_total", "tiny"] >= 1
    assert any(name.startswith("traefik_") for name, _ in found)
    assert len(grafana.queries()) > 30
    assert grafana.missing(text) == set()
    for path in ("/metrics", "/tiny/metrics", "/-/metrics", "/tiny/visitz"):
        assert site.page(path) == 404


def test_an_edit_is_live_and_touches_nothing_else(site):
    before = {process.pid for process in site.processes()}
    app = site.app_process()
    site.write(site.yaml + "  second: {source: tiny}\n")
    until(lambda: site.page("/second/") == 200, "the new app is served")
    # By the word of Traefik's own API.
    until(lambda: site.status()["routes"]["live"], "all routes are live")
    assert {process.pid for process in site.processes()} > before
    site.write(site.yaml)
    until(lambda: site.page("/second/") == 404, "the removed app is gone")
    until(lambda: {process.pid for process in site.processes()} == before, "only it has gone")
    assert site.app_process() == app


def test_commits_become_releases_and_a_broken_one_keeps_the_former(site, tmp_path):
    script = "import gradio as gr\ndemo = gr.Interface(lambda: 1, None, 'number', title='{}')\n"
    repository = Repository(tmp_path)
    pinned = repository.commit(script.format("one"))

    def title(app):
        return httpx.get(f"{site.url}/{app}/config", timeout=60).json()["title"]

    with served(repository, "127.0.0.1") as url:
        moving = f"  moving: {{source: {{git: '{url}', ref: main}}}}\n"
        fixed = f"  fixed: {{source: {{git: '{url}', ref: {pinned}}}}}\n"
        site.write(site.yaml + moving + fixed)
        until(lambda: site.page("/moving/") == site.page("/fixed/") == 200, "both are served")
        repository.commit(script.format("two"))
        assert site.appliance("apps", "deploy", "moving").returncode == 0
        assert site.appliance("apps", "deploy", "fixed").returncode == 0
        until(lambda: title("moving") == "two", "the new commit is served")
        assert title("fixed") == "one"
        repository.commit("raise ValueError('this commit is broken')\n")
        assert site.appliance("apps", "deploy", "moving").returncode == 0
        until(lambda: "this commit is broken" in site.appliance("apps").stdout, "why it failed")
        assert title("moving") == "two"
    site.write(site.yaml)
    until(lambda: site.page("/moving/") == 404, "the removed app is gone")


def test_a_broken_yaml_keeps_serving_and_is_reported(site):
    site.write(site.yaml + "  second: {sauce: tiny}\n")
    until(lambda: site.status()["config"]["state"] == "invalid", "the mistake is reported")
    assert site.page() == 200
    told = site.appliance("status")
    assert told.returncode == 1
    assert "appliance.yaml:5" in told.stdout
    assert "source" in told.stdout
    site.write(site.yaml)
    until(lambda: site.status()["config"]["state"] == "ok", "the mended file is taken up")
    assert site.appliance("status").returncode == 0


@pytest.mark.parametrize(
    "words", [("appliance", "control"), ("appliance", "apps-host"), ("traefik",)]
)
def test_a_killed_process_comes_back_and_the_app_never_notices(site, words):
    app, victim = site.app_process(), site.process(*words)
    victim.send_signal(signal.SIGKILL)
    until(lambda: not victim.is_running(), "it is gone")
    until(lambda: site.page() == 200 and site.appliance("apps").returncode == 0, "it is back")
    until(lambda: site.appliance("status").returncode == 0, "all is well")
    assert site.process(*words).pid != victim.pid
    assert site.app_process() == app


def test_pages_uploads_and_results_work_through_a_forwarded_port(site, tmp_path):
    (tmp_path / "quiet.txt").write_text("hello")
    with forwarded(site.port) as port:
        page = httpx.get(f"http://localhost:{port}/tiny/", timeout=60)
        assert page.status_code == 200
        assert str(site.port) not in page.text
        client = Client(
            f"http://localhost:{port}/tiny/", verbose=False, download_files=tmp_path / "got"
        )
        result = client.predict(handle_file(tmp_path / "quiet.txt"), api_name="/shout")
        client.close()
    assert Path(result).read_text() == "HELLO"


def test_through_ssh_a_person_signs_in_uploads_and_reads_the_result(site, visit, tmp_path):
    (tmp_path / "quiet.txt").write_text("hello")
    site.write(f"auth: {{default: signed-in}}\n{site.yaml}")
    made = site.appliance("users", "create", "ada", typed=f"{PASSWORD}\n")
    assert made.returncode == 0, made.stderr
    until(lambda: site.page() != 200, "the app is closed to strangers")
    # The app runs anew, since it learns now who its visitors are; the former one drains.
    until(lambda: _settled(site.status()), "its successor serves alone")
    with forwarded(site.port) as port:
        page = visit.go(f"http://localhost:{port}/tiny/")
        sign_in(page, "ada", PASSWORD)
        page.locator("input[type=file]").first.set_input_files(tmp_path / "quiet.txt")
        # Its name stands there while it is still on its way; the link to it does not.
        expect(page.get_by_role("row", name="quiet").get_by_role("link")).to_be_visible()
        page.get_by_role("button", name="Submit").click()
        result = page.get_by_role("row", name="loud").get_by_role("link")
        with page.expect_download() as download:
            result.click()
        visit.shoot("through-ssh")
    assert download.value.path().read_text() == "HELLO"
    site.write(site.yaml)
    until(lambda: site.page() == 200, "it is open again")


def _settled(status):
    (app,) = status["host"]["apps"]
    return status["host"]["converged"] and len(app["instances"]) == 1 and status["routes"]["live"]


def test_a_second_one_in_the_same_folder_is_told_of_the_first(site):
    refused = site.appliance("up")
    assert refused.returncode == 1
    assert "The appliance runs as process" in refused.stderr
    assert "scripts/down" in refused.stderr


def test_starting_in_the_background_twice_changes_nothing(site):
    before = site.app_process()
    again = site.appliance("up", "--detach")
    assert again.returncode == 0
    assert f"{site.url}/tiny" in again.stdout
    assert site.app_process() == before


def test_a_port_that_is_taken_ends_nothing_that_runs(site):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        site.write(site.yaml.replace(f"local: {site.port}", f"local: {port}"))
        refused = site.appliance("up", "--detach")
    assert refused.returncode == 1
    assert f"Port {port} is in use by" in refused.stderr
    assert site.page() == 200
    site.write(site.yaml)


def test_a_misspelt_app_brings_the_nearest_name(site):
    refused = site.appliance("apps", "restart", "tinny")
    assert refused.returncode == 1
    assert "Did you mean 'tiny'?" in refused.stderr


def test_nothing_is_left_behind_and_the_next_start_is_the_same(site):
    assert site.appliance("down").returncode == 0
    until(lambda: site.processes() == [], "the end of all processes")
    assert site.appliance("apps").returncode == 3
    assert site.appliance("up", "--detach").returncode == 0
    assert site.page() == 200


def test_what_a_killed_one_left_running_is_taken_over_and_stopped(site):
    _kill_the_supervisor(site)
    again = site.appliance("up", "--detach")
    assert again.returncode == 0, again.stderr
    assert site.page() == 200
    _kill_the_supervisor(site)
    assert "Stopped" in site.appliance("down").stdout
    until(lambda: site.processes() == [], "the end of all processes")


def _kill_the_supervisor(site):
    """As the kernel ends it when memory is short; all else goes on."""
    lock = json.loads((site.folder / "data/appliance.lock").read_text())
    supervisor = psutil.Process(lock["pid"])
    supervisor.kill()
    until(lambda: not supervisor.is_running(), "it is gone")
    assert site.page() == 200


def test_an_interrupt_in_the_foreground_ends_all_of_it(site):
    assert site.appliance("down").returncode == 0
    log, command = site.folder / "foreground.log", [sys.executable, "-m", "appliance", "up"]
    with child(command, folder=site.folder, log=log, environment={}) as foreground:
        until(lambda: f"Open {site.url}/" in log.read_text(), "it says where to go")
        foreground.send_signal(signal.SIGINT)
        assert foreground.wait(PATIENCE) == 0
    assert log.read_text().endswith("Stopping …\nStopped.\n")
    until(lambda: site.processes() == [], "the end of all processes")


def test_a_taken_port_is_explained_before_anything_starts(tmp_path):
    elsewhere = Site(tmp_path)
    with socket.create_server(("127.0.0.1", elsewhere.port)):
        refused = elsewhere.appliance("up")
    assert refused.returncode == 1
    assert f"Port {elsewhere.port} is in use by" in refused.stderr
    assert f"process {os.getpid()}" in refused.stderr
    assert elsewhere.processes() == []


def test_a_data_folder_that_cannot_be_made_is_explained(tmp_path):
    elsewhere = Site(tmp_path)
    elsewhere.write(elsewhere.yaml + "storage: {data: appliance.yaml/data}\n")
    for words in (("up",), ("up", "--detach")):
        refused = elsewhere.appliance(*words)
        assert refused.returncode == 1
        assert "appliance.yaml/data" in refused.stderr
        assert "cannot be used: Not a directory." in refused.stderr
        assert "storage.data" in refused.stderr


def test_a_process_that_does_not_come_up_is_told_with_its_last_words(tmp_path):
    elsewhere = Site(tmp_path)
    elsewhere.write(f"ports: {{local: {elsewhere.port}}}\napps: {{}}\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "control.db").write_bytes(b"this is no database " * 500)
    try:
        refused = elsewhere.appliance("up", "--detach")
    finally:
        elsewhere.appliance("down")
    assert refused.returncode == 1
    assert "control ended (exit code 1), starting it again" in refused.stdout
    assert "control does not come up. Its last words:" in refused.stderr
    assert "control.db" in refused.stderr
    assert "scripts/down" in refused.stderr


def test_all_mistakes_in_the_yaml_are_shown_before_anything_starts(tmp_path):
    elsewhere = Site(tmp_path)
    elsewhere.write("aps: {}\nports: {local: many}\n")
    refused = elsewhere.appliance("up", "--detach")
    assert refused.returncode == 1
    assert "appliance.yaml:1" in refused.stderr
    assert "appliance.yaml:2" in refused.stderr
    assert elsewhere.processes() == []
