"""The published API keeps its word, asked by schemathesis through the real Traefik."""

import subprocess
import sys
from pathlib import Path

import pytest

from appliance.config.schema import Config
from appliance.web.api.serving import API
from tests.integration.auth.conftest import APPS, NOTED, Front, running
from tests.running import http

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"


def schemathesis(front: Front, folder: Path, token: str) -> subprocess.CompletedProcess[str]:
    url = f"http://{front.local_host}{API}"
    return subprocess.run(
        [
            SCHEMATHESIS,
            "run",
            f"{url}/openapi.json",
            *("--header", f"Authorization: Bearer {token}"),
            *("--checks", "all", "--phases", "examples,coverage,fuzzing"),
            *("--max-examples", "20", "--seed", "1", "--workers", "1", "--no-color"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def sharing(front: Front) -> Front:
    config = Config.model_validate({"auth": {}, "share": {}, "apps": APPS})
    front.serve(config, running())
    return front


def test_answers_are_as_published(sharing: Front, tmp_path: Path) -> None:
    # Names that exist, else little more than 404 would be seen.
    names = {"path.app": "open", "path.name": "chat"}
    told = "".join(f'"{key}" = "{value}"\n' for key, value in names.items())
    (tmp_path / "schemathesis.toml").write_text(f"[parameters]\n{told}")
    done = schemathesis(sharing, tmp_path, sharing.token("root"))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    described = http.get(f"http://{sharing.local_host}{API}/openapi.json").json()
    operations = sum(len(methods) for methods in described["paths"].values())
    assert f"{operations} selected / {operations} total" in done.stdout, done.stdout[:3000]
    assert {verb for verb, *_ in NOTED.asked} == {
        "build",
        "deploy",
        "extend",
        "kick",
        "logs",
        "restart",
        "rollback",
    }
