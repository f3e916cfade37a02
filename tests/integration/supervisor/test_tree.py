"""The supervisor with real child processes."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager

import psutil
import pytest

from appliance.supervisor import leftovers
from appliance.supervisor.child import Program
from appliance.supervisor.leftovers import Register
from appliance.supervisor.tree import Tree
from tests.running.process import PATIENCE

SLEEP = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "pathlib.Path('{ready}').touch(); time.sleep(600)"
)
POLITE = (
    "import signal, sys, time, pathlib;"
    "signal.signal(signal.SIGTERM, lambda *_: sys.exit(pathlib.Path('{asked}').touch()));"
    "pathlib.Path('{ready}').touch(); time.sleep(600)"
)
GRANDCHILD = (
    "import subprocess, sys, time, pathlib;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "pathlib.Path('{ready}').write_text(str(child.pid)); time.sleep(600)"
)


def python(name, code, **more):
    return Program(name, (sys.executable, "-c", code), **more)


async def until(condition, seconds=PATIENCE):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - files and processes have no events
            await asyncio.sleep(0.02)


class Running:
    def __init__(self, programs, folder):
        self.said = []
        self.stop, self.hurry = asyncio.Event(), asyncio.Event()
        self.register = Register(folder / "processes.json")
        self.tree = Tree(programs, folder / "logs", self.register, self.said.append)


@asynccontextmanager
async def running(folder, *programs):
    """The tree while it runs; at the end it has stopped and none of its processes is left."""
    it = Running(programs, folder)
    # Whole appliances of other tests may be children of this process too.
    others = set(psutil.Process().children(recursive=True))
    task = asyncio.create_task(it.tree.run(it.stop, it.hurry))
    try:
        yield it
    finally:
        it.stop.set()
        children = set(psutil.Process().children(recursive=True)) - others
        await task
        assert [child for child in children if child.is_running()] == []


async def test_a_program_that_was_killed_is_started_again_and_the_others_go_on(tmp_path):
    async with running(tmp_path, python("one", SLEEP), python("two", SLEEP)) as it:
        await until(lambda: len(it.tree.pids()) == 2)
        before = it.tree.pids()
        os.kill(before["one"], signal.SIGKILL)
        await until(lambda: it.tree.pids().get("one", before["one"]) != before["one"])
        assert it.tree.pids()["two"] == before["two"]
        assert it.said[0].startswith("one ended (SIGKILL), starting it again in")


async def test_the_last_words_of_a_program_are_passed_on(tmp_path):
    code = "import sys; sys.exit('no such port')"
    async with running(tmp_path, python("one", code)) as it:
        await until(lambda: len(it.said) >= 2)
        first = "one ended (exit code 1), starting it again in 0.25 s; it said: no such port"
        assert it.said[0] == first
        assert "0.5 s" in it.said[1]


async def test_a_program_that_cannot_be_run_is_named(tmp_path):
    async with running(tmp_path, Program("one", ("/no/such/program",))) as it:
        await until(lambda: it.said)
        assert "/no/such/program: No such file or directory" in it.said[0]


async def test_programs_end_in_order(tmp_path):
    code = (
        "import signal, sys, time, pathlib\n"
        "def end(*_):\n"
        "    with open('{log}', 'a') as log: log.write('{name} ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path('{ready}').touch()\n"
        "time.sleep(600)"
    )
    log = tmp_path / "order"
    programs = [
        python(name, code.format(log=log, name=name, ready=tmp_path / name))
        for name in ("proxy", "control", "apps-host")
    ]
    async with running(tmp_path, *programs):
        await until(lambda: all((tmp_path / program.name).exists() for program in programs))
    assert log.read_text() == "proxy control apps-host "


async def test_what_does_not_end_is_killed_after_its_grace(tmp_path):
    ready = tmp_path / "ready"
    program = python("one", STUBBORN.format(ready=ready), grace=0.2)
    async with running(tmp_path, program):
        await until(ready.exists)


async def test_a_second_request_does_not_wait_for_the_grace(tmp_path):
    ready = tmp_path / "ready"
    program = python("one", STUBBORN.format(ready=ready), grace=600)
    async with running(tmp_path, program) as it:
        await until(ready.exists)
        it.hurry.set()


async def test_grandchildren_in_the_same_group_go_too(tmp_path):
    ready = tmp_path / "ready"
    async with running(tmp_path, python("one", GRANDCHILD.format(ready=ready))) as it:
        await until(lambda: ready.exists() and ready.read_text())
        grandchild = psutil.Process(int(ready.read_text()))
        os.kill(it.tree.pids()["one"], signal.SIGKILL)
        await until(lambda: gone(grandchild))


async def test_a_program_waits_for_the_file_another_one_writes(tmp_path):
    needed, ran = tmp_path / "needed", tmp_path / "ran"
    program = python("one", f"open('{ran}', 'w'); {SLEEP}", after=needed)
    async with running(tmp_path, program, python("two", SLEEP)) as it:
        await until(lambda: "two" in it.tree.pids())
        assert not ran.exists()
        needed.touch()
        await until(ran.exists)


async def test_children_of_a_killed_supervisor_are_found_and_ended(tmp_path):
    code = POLITE.format(ready=tmp_path / "ready", asked=tmp_path / "asked")
    shell = await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        '"$@" >/dev/null & echo $!',
        "sh",
        sys.executable,
        "-c",
        code,
        stdout=asyncio.subprocess.PIPE,
    )
    orphan = psutil.Process(int(await shell.stdout.readline()))
    await shell.wait()
    await until((tmp_path / "ready").exists)
    register = Register(tmp_path / "processes.json")
    register.keep([orphan.pid])
    found = Register(tmp_path / "processes.json").alive()
    assert found == [orphan]
    leftovers.end(found, grace=PATIENCE)
    assert gone(orphan)
    assert (tmp_path / "asked").exists()
    assert register.alive() == []


async def test_a_process_that_only_has_the_same_number_is_left_alone(tmp_path):
    register = Register(tmp_path / "processes.json")
    (tmp_path / "processes.json").write_text(f"[[{os.getpid()}, 12345.0]]")
    assert register.alive() == []


@pytest.mark.parametrize("name", ["logs/one.log"])
async def test_output_goes_to_the_programs_own_log(tmp_path, name):
    async with running(tmp_path, python("one", f"print('hello', flush=True); {SLEEP}")):
        await until(lambda: (tmp_path / name).exists() and (tmp_path / name).read_text())
    assert (tmp_path / name).read_text() == "hello\n"


def gone(process):
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
