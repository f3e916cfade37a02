"""An instance as a container: how it is confined, and what the engine says about it. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from docker.types import DeviceRequest, LogConfig, Mount

from appliance.apps import launch
from appliance.apps.runtime import Confines, InstancePlan, Running
from appliance.apps.runtimes.docker_engine import project as labels
from appliance.apps.runtimes.docker_engine import recipes
from appliance.apps.runtimes.docker_engine.project import Project

PORT = 7860
STORAGE = "/var/lib/app"
"""The app's volume; the image's folders in it give a new volume its owner."""
FOLDERS = launch.Folders(
    source=recipes.SOURCE,
    temp=f"{STORAGE}/temp",
    examples=f"{STORAGE}/examples",
    data=f"{STORAGE}/data",
    scratch="/tmp",  # noqa: S108 - a tmpfs of the container's own
    server=recipes.SERVER,
)
# exec: compilers of kernels (torch, numba, triton) load what they write there.
_SCRATCH = "rw,exec,nosuid,nodev,size=1g,mode=1777"
_SHARED_MEMORY = "512m"
"""The engine's 64 MB are too little for workers of PyTorch."""
_INHERITED = {
    "LANG": "C.UTF-8",
    "PATH": "/opt/environment/bin:/usr/local/bin:/usr/bin:/bin",
    "VIRTUAL_ENV": "/opt/environment",
    "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
    "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
}


def options(plan: InstancePlan, project: Project, trusted: str, cpus: int) -> dict[str, Any]:
    """Arguments for `containers.create`, beside the image.

    `trusted` is the network whose forwarded headers are believed, `cpus` what the machine has.
    """
    app = plan.files.app
    listening = launch.Listening("0.0.0.0", PORT, (trusted,))  # noqa: S104 - a network of its own
    return {
        "command": [recipes.PYTHON, *launch.arguments(plan.files.needs.python)],
        "name": project.container(plan.id),
        "hostname": app,
        "environment": launch.environment(plan, FOLDERS, listening, _INHERITED),
        "labels": project.labels(app)
        | {
            labels.RELEASE: plan.files.release,
            labels.INSTANCE: plan.id,
            labels.FINGERPRINT: plan.fingerprint,
        },
        "network": project.network(app),
        "mounts": [Mount(target=STORAGE, source=project.volume(app), type="volume")],
        "tmpfs": {FOLDERS.scratch: _SCRATCH},
        "working_dir": recipes.SOURCE,
        "user": recipes.USER,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "init": True,
        "shm_size": _SHARED_MEMORY,
        "log_config": LogConfig(
            type=LogConfig.types.JSON, config={"max-size": "4m", "max-file": "2"}
        ),
        **_limits(plan.confines, cpus),
    }


def observe(inspected: Mapping[str, Any], project: Project) -> Running:
    """From the engine's description of a container."""
    state, own = inspected["State"], inspected["Config"]["Labels"]
    alive = bool(state["Running"])
    networks = inspected["NetworkSettings"]["Networks"]
    address = networks.get(project.network(own[labels.APP]), {}).get("IPAddress", "")
    return Running(
        id=own[labels.INSTANCE],
        app=own[labels.APP],
        release=own[labels.RELEASE],
        fingerprint=own[labels.FINGERPRINT],
        address=f"http://{address}:{PORT}" if address else "",
        started=_started(inspected),
        alive=alive,
        exit_code=None if alive else int(state["ExitCode"]),
        killed_for_memory=not alive and bool(state["OOMKilled"]),
    )


def resident(stats: Mapping[str, Any]) -> int | None:
    """Bytes in use without the cache of files, as `docker stats` shows them."""
    memory = stats.get("memory_stats", {})
    if "usage" not in memory:
        return None
    details = memory.get("stats", {})
    # Control groups version 1 and 2.
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(int(memory["usage"]) - int(cache), 0)


def _limits(confines: Confines, cpus: int) -> dict[str, Any]:
    found: dict[str, Any] = {"pids_limit": confines.pids}
    if confines.memory is not None:
        # The same for memory with swap: an app beyond its limit ends instead of crawling.
        found |= {"mem_limit": confines.memory, "memswap_limit": confines.memory}
    if confines.cpus is not None:
        # The engine refuses more than the machine has.
        found["nano_cpus"] = int(min(confines.cpus, cpus) * 1e9)
    if confines.gpus:
        count = -1 if confines.gpus == "all" else confines.gpus
        found["device_requests"] = [DeviceRequest(count=count, capabilities=[["gpu"]])]
    return found


def _started(inspected: Mapping[str, Any]) -> datetime:
    began = datetime.fromisoformat(inspected["State"]["StartedAt"])
    # A container that never ran says it began in the year 1.
    return began if began.year > 1 else datetime.fromisoformat(inspected["Created"])
