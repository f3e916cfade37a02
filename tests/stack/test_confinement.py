"""What a stranger who got into one of the containers could do: as little as possible."""

import json
from typing import Any

import pytest
from docker.models.containers import Container

from tests.running.composed import Stack, until

pytestmark = pytest.mark.stack

SOCKET = "/var/run/docker.sock"
PORTS = (7000, 7860, 8000, 8001, 8002, 8080, 8081, 8443)
"""All that anything of an appliance listens on, in its containers."""
KNOCK = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def answers(door):
    try:
        socket.create_connection(door, 3).close()
    except OSError:
        return False
    return True

doors = [tuple(door) for door in json.loads(sys.argv[1])]
with ThreadPoolExecutor(64) as pool:
    print(json.dumps([door for door, open in zip(doors, pool.map(answers, doors)) if open]))
"""
"""Which of some doors can be opened from where it runs."""


def host(container: Container) -> dict[str, Any]:
    found: dict[str, Any] = container.attrs["HostConfig"]
    return found


def everything(stack: Stack) -> dict[str, Container]:
    services = {name: stack.service(name) for name in ("proxy", "control", "relay", "apps")}
    return services | {"app": stack.instances("hello")[0]}


def test_every_container_is_read_only_and_gains_no_privileges(stack: Stack) -> None:
    for name, container in everything(stack).items():
        assert host(container)["ReadonlyRootfs"], name
        assert host(container)["CapDrop"] == ["ALL"], name
        assert "no-new-privileges:true" in host(container)["SecurityOpt"], name
        assert not host(container)["Privileged"], name
        assert host(container)["PidsLimit"] > 0, name
        assert host(container)["LogConfig"]["Config"]["max-size"], name


def test_only_the_app_host_has_a_capability_and_the_engine(stack: Stack) -> None:
    containers = everything(stack)
    with_capability = [n for n, c in containers.items() if host(c)["CapAdd"]]
    with_socket = [n for n, c in containers.items() if SOCKET in json.dumps(c.attrs["Mounts"])]
    assert with_capability == ["apps"]
    assert host(containers["apps"])["CapAdd"] in (["DAC_READ_SEARCH"], ["CAP_DAC_READ_SEARCH"])
    assert with_socket == ["apps"]


def test_all_but_the_app_host_run_as_nobody_in_particular(stack: Stack) -> None:
    users = {name: c.attrs["Config"]["User"] for name, c in everything(stack).items()}
    assert users == {
        "proxy": "10002:10001",
        "control": "10001:10001",
        "relay": "10003:10001",
        "apps": "0:10001",
        "app": "10001:10001",
    }


def test_only_proxy_and_relay_publish_a_port_and_on_loopback_only(stack: Stack) -> None:
    ports = {"proxy": {("127.0.0.1", str(stack.port))}}
    ports["relay"] = {("127.0.0.1", str(stack.share_port))}
    for name, container in everything(stack).items():
        published = {
            (binding["HostIp"], binding["HostPort"])
            for bindings in container.attrs["NetworkSettings"]["Ports"].values()
            for binding in bindings or ()
        }
        assert published == ports.get(name, set()), name


def test_the_project_folder_cannot_be_written(stack: Stack) -> None:
    for name in ("control", "apps"):
        mounts = stack.service(name).attrs["Mounts"]
        assert [mount["RW"] for mount in mounts if mount["Destination"] == "/config"] == [False]


def test_each_process_sees_the_folders_that_it_needs(stack: Stack) -> None:
    """Who is broken into finds there what it has itself, and nothing of the others."""
    run, routes, relay = "/run/appliance", "/run/appliance/traefik", "/run/appliance/relay"
    own = "/var/lib/appliance"
    seen = {
        name: {(mount["Destination"], mount["RW"]) for mount in container.attrs["Mounts"]}
        for name, container in everything(stack).items()
    }
    assert seen["proxy"] == {(routes, False)}
    assert seen["relay"] == {(relay, True), (own, True)}
    assert seen["control"] == {
        *((folder, True) for folder in (run, routes, relay, own)),
        ("/config", False),
    }
    assert seen["apps"] == {(run, True), (own, True), (SOCKET, True), ("/config", False)}


def test_the_app_host_listens_to_no_network(stack: Stack) -> None:
    """But for the engine's own name server, inside."""
    code, output = stack.service("apps").exec_run(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
    assert code == 0
    rows = [line.split() for line in output.decode().splitlines()]
    listening = {row[1].partition(":")[0] for row in rows if row[3] == "0A"}
    assert listening <= {"0B00007F"}


def test_an_app_sees_its_own_volume_and_nothing_of_the_machine(stack: Stack) -> None:
    mounts = stack.instances("hello")[0].attrs["Mounts"]
    assert [(mount["Type"], mount["Destination"]) for mount in mounts] == [
        ("volume", "/var/lib/app")
    ]


def test_an_app_cannot_reach_the_control_process(stack: Stack) -> None:
    inside = stack.client.networks.get(f"{stack.project}_inside")
    inside.reload()
    names = {member["Name"] for member in inside.attrs["Containers"].values()}
    assert names == {f"{stack.project}-{name}-1" for name in ("proxy", "control", "relay")}
    assert inside.attrs["Internal"]


def knock(container: Container, doors: set[tuple[str, int]]) -> set[tuple[str, int]]:
    code, output = container.exec_run(["python3", "-c", KNOCK, json.dumps(sorted(doors))])
    assert code == 0, output
    return {(host, port) for host, port in json.loads(output)}


def addresses(container: Container) -> set[str]:
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    return {network["IPAddress"] for network in networks if network["IPAddress"]}


def test_an_app_reaches_nothing_of_the_appliance_and_no_other_app(stack: Stack) -> None:
    """Not even as a visitor: in local mode a visitor who is on the machine administers it."""
    hello = "apps:\n  hello: {source: examples/hello}\n"
    stack.configure(hello + "  again: {source: examples/hello}\n")
    try:
        until(lambda: stack.answers("/again/config"))
        services = {name: stack.service(name) for name in ("proxy", "control", "relay", "apps")}
        app, other = stack.instances("hello")[0], stack.instances("again")[0]
        hosts = {*services, *(ip for one in (*services.values(), other) for ip in addresses(one))}
        doors = {(host, port) for host in (*hosts, "proxy-outside") for port in PORTS}
        # The machine itself, on the app's network: what it publishes is on its loopback.
        networks = app.attrs["NetworkSettings"]["Networks"].values()
        machine = {network["Gateway"] for network in networks}
        doors |= {(host, port) for host in machine for port in (stack.port, stack.share_port)}
        own = {(ip, 7860) for ip in addresses(app)}
        assert knock(app, doors | own) == own
        # Or it would only be shown that nobody can knock.
        assert ("proxy-inside", 8081) in knock(services["control"], {("proxy-inside", 8081)})
        assert knock(services["apps"], {(ip, 7860) for ip in addresses(other)})
    finally:
        stack.configure(hello)
        until(lambda: not stack.instances("again"))


def test_an_app_can_write_its_folders_and_nowhere_else(stack: Stack) -> None:
    app = stack.instances("hello")[0]

    def writes(folder: str) -> bool:
        code = app.exec_run(["sh", "-c", f"touch {folder}/probe && rm {folder}/probe"]).exit_code
        return bool(code == 0)

    own = ("temp", "examples", "data")
    assert [name for name in own if writes(f"/var/lib/app/{name}")] == list(own)
    assert writes("/tmp")
    assert not [folder for folder in ("/app", "/opt/environment", "/", "/etc") if writes(folder)]
