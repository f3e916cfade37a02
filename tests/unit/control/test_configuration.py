"""What is in force follows from the YAML, the certificates there are, and the names before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.certs.model import Origin
from appliance.certs.status import CertificatesStatus, NameStatus
from appliance.control import configuration
from appliance.control.board import Board
from appliance.control.configuration import Sources
from tests.running.until import until

TLS = "tls: {mode: certbot}\n"


def having(*names: str) -> CertificatesStatus:
    soon = datetime.now(UTC) + timedelta(days=1)
    found = (NameStatus(name=name, origin=Origin.CERTBOT, expires=soon) for name in names)
    return CertificatesStatus(mode="certbot", names=tuple(found))


def sources(folder: Path) -> Sources:
    return Sources(folder / "appliance.yaml", folder / "last-good.yaml", folder / "names.json")


@asynccontextmanager
async def following(folder: Path) -> AsyncIterator[Board]:
    """One life of the control process."""
    found = sources(folder)
    board = Board(configuration.first(found.file, found.names))
    tasks = [
        asyncio.create_task(configuration.follow(board, found)),
        asyncio.create_task(configuration.move(board, found)),
    ]
    try:
        await until(lambda: board.facts.read)
        yield board
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_a_domain_that_never_worked_is_not_waited_for(tmp_path: Path) -> None:
    yaml = tmp_path / "appliance.yaml"
    yaml.write_text(f"domain: mistyped.org\n{TLS}")
    async with following(tmp_path) as board:
        assert board.facts.config.domain == "mistyped.org"
        yaml.write_text(f"domain: right.org\n{TLS}")
        await until(lambda: board.facts.config.domain == "right.org")
        assert board.facts.coming is None


async def test_one_that_worked_is_served_through_restarts_until_the_next_does(
    tmp_path: Path,
) -> None:
    yaml = tmp_path / "appliance.yaml"
    yaml.write_text(f"domain: old.org\n{TLS}")
    async with following(tmp_path) as board:
        board.update(certificates=having("old.org"))
        await until(lambda: board.facts.lasting is not None)
        yaml.write_text(f"domain: new.org\nanalytics: {{gradio: true}}\n{TLS}")
        await until(lambda: board.facts.coming is not None)
        assert board.facts.config.domain == "old.org"
        # Whatever else was changed is in force.
        assert board.facts.config.analytics.gradio
    async with following(tmp_path) as board:
        assert board.facts.config.domain == "old.org"
        assert board.facts.awaited == ("new.org",)
        board.update(certificates=having("old.org", "new.org"))
        await until(lambda: board.facts.coming is None)
        assert board.facts.config.domain == "new.org"
        assert board.facts.desired is not None
        await until(lambda: "new.org" in sources(tmp_path).names.read_text())
        yaml.write_text("apps: {}\n")
        await until(lambda: not sources(tmp_path).names.exists())


async def test_a_memory_that_is_damaged_or_refused_costs_nothing_but_itself(
    tmp_path: Path,
) -> None:
    found = sources(tmp_path)
    found.names.mkdir()
    found.file.write_text("domain: x.org\n")
    async with following(tmp_path) as board:
        await until(lambda: board.facts.lasting is not None)
        assert board.facts.config.domain == "x.org"
    found.names.rmdir()
    found.names.write_text("{}")
    assert configuration.first(found.file, found.names).lasting is None
