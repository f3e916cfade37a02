import io
import tarfile
from datetime import UTC, datetime
from ipaddress import IPv4Network
from itertools import islice
from pathlib import Path

import pytest

from appliance.apps.runtime import Needs
from appliance.apps.runtimes.docker_engine import containers, recipes
from appliance.apps.runtimes.docker_engine.images import explain, holds, told
from appliance.apps.runtimes.docker_engine.networks import free_subnets
from appliance.apps.runtimes.docker_engine.project import Project, project

NEEDS = Needs("3.13", ("gradio==6.31.0",), ("wheel",), ("ffmpeg", "g++"))
OWN = Project("lab", composed=True, app_image="lab/app", subnets=IPv4Network("10.0.0.0/8"))


def test_a_network_is_taken_beside_those_in_use() -> None:
    within = IPv4Network("10.213.0.0/16")
    taken = [
        IPv4Network("10.213.0.0/25"),
        IPv4Network("10.213.0.192/26"),
        IPv4Network("0.0.0.0/32"),
    ]
    assert [str(one) for one in islice(free_subnets(within, taken), 2)] == [
        "10.213.1.0/25",
        "10.213.1.128/25",
    ]


def test_a_range_that_somebody_holds_as_a_whole_has_no_free_network() -> None:
    assert not list(free_subnets(IPv4Network("10.213.0.0/16"), [IPv4Network("10.0.0.0/8")]))


def test_a_range_smaller_than_a_network_is_one_network() -> None:
    small = IPv4Network("10.213.0.0/28")
    assert list(free_subnets(small, [])) == [small]


def test_under_compose_everything_is_named_after_its_project(tmp_path: Path) -> None:
    own = project({"APPLIANCE_COMPOSE_PROJECT": "lab_"}, tmp_path)
    assert own.composed
    assert own.volume("hello") == "lab__app-hello"
    assert own.release_image("hello", "r1-a") == "lab/app-hello:r1-a"


def test_without_compose_another_data_folder_is_another_project(tmp_path: Path) -> None:
    here, there = (project({}, tmp_path / name) for name in ("here", "there"))
    assert not here.composed
    assert here.name != there.name


def test_a_range_for_networks_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"APPLIANCE_APP_NETWORKS: .*10\.213\.0\.0/16"):
        project({"APPLIANCE_APP_NETWORKS": "everywhere"}, tmp_path)


def test_an_environment_is_made_in_the_order_spaces_has() -> None:
    text = recipes.environment_dockerfile("base", NEEDS, ["UV_INDEX", "HTTPS_PROXY"], python=False)
    steps = [line for line in text.splitlines() if line.startswith(("ARG", "RUN", "USER"))]
    assert steps[:2] == ["USER root", "ARG UV_INDEX"]
    assert "ffmpeg g++" in steps[2]
    assert steps[3].endswith("/tmp/pre-requirements.txt")
    assert steps[4].endswith("/tmp/requirements.txt")
    assert steps[5:] == ["USER 10001:10001"]


def test_another_python_starts_from_an_empty_environment() -> None:
    text = recipes.environment_dockerfile("base", NEEDS, [], python=True)
    assert "uv venv --clear --python 3.13 /opt/environment" in text


def test_folders_of_this_machine_are_no_index_for_a_build() -> None:
    found = recipes.build_arguments(
        {
            "UV_DEFAULT_INDEX": "https://index.example.org/simple",
            "UV_INDEX": "file:///srv/wheels /srv/more",
            "UV_CACHE_DIR": "/cache",
            "https_proxy": "http://proxy:3128",
        }
    )
    assert found == {
        "UV_DEFAULT_INDEX": "https://index.example.org/simple",
        "https_proxy": "http://proxy:3128",
    }


def test_a_source_readable_for_its_owner_only_is_readable_for_the_app(tmp_path: Path) -> None:
    script, tool = tmp_path / "app.py", tmp_path / "tool"
    for file, mode in ((script, 0o600), (tool, 0o700)):
        file.write_text("text")
        file.chmod(mode)
    archive = io.BytesIO()
    recipes.write_context(archive, {"Dockerfile": b"FROM x"}, tmp_path)
    archive.seek(0)
    with tarfile.open(fileobj=archive) as found:
        entries = {entry.name: (oct(entry.mode), entry.uid, entry.mtime) for entry in found}
    assert entries["source/app.py"] == ("0o644", 0, 0)
    assert entries["source/tool"] == ("0o755", 0, 0)
    assert "Dockerfile" in entries


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        ("/bin/sh -c apt-get update -qq && … returned 100", "packages-failed", "ffmpeg, g++"),
        ("/bin/sh -c uv venv --clear … returned 2", "python-missing", "3.13"),
        ("uv pip install … /tmp/pre-requirements.txt", "requirements-failed", "pre-requirements"),
        ("uv pip install … /tmp/requirements.txt", "requirements-failed", "requirements.txt"),
        ("no space left on device", "image-failed", "no space left on device"),
    ],
)
def test_a_failed_step_is_explained_by_the_file_to_mend(step: str, code: str, words: str) -> None:
    error = explain(step, NEEDS, ["last words"])
    assert error.code == code
    assert words in error.summary
    assert error.detail == "last words"
    assert error.remedy


def _inspected(**state: object) -> dict[str, object]:
    labels = {
        f"gradio-appliance.{name}": name for name in ("app", "release", "instance", "fingerprint")
    }
    return {
        "State": {
            "Running": True,
            "ExitCode": 0,
            "OOMKilled": False,
            "StartedAt": "2026-11-22T22:57:28.688943123Z",
            **state,
        },
        "Created": "2026-11-22T22:57:27.1Z",
        "Config": {"Labels": labels},
        "NetworkSettings": {"Networks": {"lab_app-app": {"IPAddress": "10.1.2.3"}}},
    }


def test_a_running_container_has_an_address() -> None:
    found = containers.observe(_inspected(), OWN)
    assert (found.alive, found.address, found.exit_code) == (True, "http://10.1.2.3:7860", None)
    assert found.started == datetime(2026, 11, 22, 22, 57, 28, 688943, tzinfo=UTC)


def test_a_container_out_of_memory_says_so() -> None:
    found = containers.observe(_inspected(Running=False, ExitCode=137, OOMKilled=True), OWN)
    assert (found.alive, found.exit_code, found.killed_for_memory) == (False, 137, True)


def test_a_container_that_never_ran_began_when_it_was_made() -> None:
    found = containers.observe(_inspected(Running=False, StartedAt="0001-01-01T00:00:00Z"), OWN)
    assert found.started.year == 2026


@pytest.mark.parametrize("key", ["total_inactive_file", "inactive_file"])
def test_memory_leaves_out_the_cache_of_files(key: str) -> None:
    assert containers.resident({"memory_stats": {"usage": 100, "stats": {key: 40}}}) == 60


def test_memory_of_a_dead_container_is_unknown() -> None:
    assert containers.resident({"memory_stats": {}}) is None


DEFAULT = Needs("3.13", ("gradio[mcp,oauth]==6.31.0,>=6.0", "httptools", "pyjwt[crypto]"))


@pytest.mark.parametrize(
    "lines",
    [
        ("gradio[mcp,oauth]==6.31.0", "httptools"),
        ("gradio>=6.1",),
        ("pyjwt",),
    ],
)
def test_needs_that_the_app_image_meets_need_no_build(lines: tuple[str, ...]) -> None:
    assert holds(DEFAULT, Needs("3.13", lines))


@pytest.mark.parametrize(
    "needs",
    [
        Needs("3.12", ()),
        Needs("3.13", (), ("wheel",)),
        Needs("3.13", (), (), ("ffmpeg",)),
        Needs("3.13", ("gradio==6.30.0",)),
        Needs("3.13", ("gradio[vibe]==6.31.0",)),
        Needs("3.13", ("httptools>=9",)),
        Needs("3.13", ("numpy",)),
        Needs("3.13", ("--index-url https://index.example.org/simple",)),
        Needs("3.13", ("gradio @ https://example.org/gradio.whl",)),
    ],
)
def test_any_other_need_is_an_environment_of_its_own(needs: Needs) -> None:
    assert not holds(DEFAULT, needs)


def test_a_line_that_comes_in_pieces_is_told_whole_and_noise_not_at_all() -> None:
    texts = [
        "Step 3/4 : RUN uv pip install\n",
        " ---> Running in 5f\n",
        "\x1b[32m + \x1b[0m",
        "humanize",
        "==4.12.0\n\n(Reading 5%\r(Reading 100%\rUnpacking figlet\nPrepared 1 package",
        " in 7ms",
    ]
    assert list(told(texts)) == [
        " + humanize==4.12.0",
        "Unpacking figlet",
        "Prepared 1 package in 7ms",
    ]
