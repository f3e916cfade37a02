"""Who asks for a new certificate gets one, whatever goes on in that moment."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from appliance.apps.model import Desired
from appliance.certs import authority
from appliance.certs.certbot import Outcome
from appliance.certs.keeping import Places
from appliance.certs.model import Certificate, Origin
from appliance.certs.refusals import Refusal
from appliance.config.schema import Config
from appliance.control.board import Board, Facts
from appliance.control.certificates import ordering, serving
from appliance.control.certificates.keeper import Certificates
from appliance.control.published import Published
from appliance.control.status import ConfigStatus, RoutesStatus
from tests.running.until import until

OUTSIDE = authority.create(["x.org", "y.org"], "elsewhere", datetime.now(UTC))
REFUSED = Outcome(refusal=Refusal("dns", "no such name", "Add it."))
LIVE = RoutesStatus(live=True)
CONFIG = Config.model_validate({"domain": "x.org", "tls": {"mode": "certbot"}})


def places_in(folder: Path) -> Places:
    return Places(folder, folder / "data", folder / "dynamic" / "c.yml", folder / "relay")


def issued(name: str = "x.org", days_ago: int = 0) -> Outcome:
    one = authority.issue(OUTSIDE, [name], datetime.now(UTC) - timedelta(days=days_ago))
    return Outcome(certificate=replace(one, origin=Origin.CERTBOT))


class Answering:
    """In certbot's place: answers each order when the test says so, and as it says."""

    def __init__(self) -> None:
        self.asked = 0
        self.names: list[object] = []
        self.answers: asyncio.Queue[Outcome] = asyncio.Queue()

    async def order(self, *asked: object) -> Outcome:
        self.asked += 1
        self.names.append(asked[1])
        return await self.answers.get()

    def left_over(self) -> tuple[Certificate, ...]:
        return ()

    def forget(self) -> None:
        self.hide()

    def hide(self) -> None:
        """There is nothing."""


@asynccontextmanager
async def following(folder: Path) -> AsyncIterator[tuple[Certificates, Answering, Board]]:
    status = ConfigStatus(file="appliance.yaml", state="ok")
    desired = Desired(apps=(), base_folder=str(folder))
    board = Board(Facts(config=CONFIG, text="", config_status=status, desired=desired, routes=LIVE))
    places = places_in(folder)
    answering = Answering()
    certificates = Certificates(board, places, certbot=answering)
    task = asyncio.create_task(certificates.follow())
    try:
        await until(lambda: answering.asked == 1)
        yield certificates, answering, board
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_nobody_is_asked_to_come_to_a_port_that_is_not_open_yet(tmp_path: Path) -> None:
    status = ConfigStatus(file="appliance.yaml", state="ok")
    desired = Desired(apps=(), base_folder=str(tmp_path))
    board = Board(Facts(config=CONFIG, text="", config_status=status, desired=desired, routes=LIVE))
    places = places_in(tmp_path)
    answering = Answering()
    certificates = Certificates(board, places, Published("127.0.0.1:8080", "none"), answering)
    task = asyncio.create_task(certificates.follow())
    try:
        await until(lambda: board.facts.certificates.problems)
        (told,) = board.facts.certificates.problems
        assert "scripts/up" in told.remedy
        assert board.facts.certificates.next_order is None
        # A challenge by DNS needs no port.
        tls = {"mode": "certbot", "challenge": {"dns": "route53"}}
        board.update(config=Config.model_validate({"domain": "x.org", "tls": tls}))
        await until(lambda: answering.asked == 1)
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_nobody_is_asked_before_the_proxy_lets_the_question_through(tmp_path: Path) -> None:
    status = ConfigStatus(file="appliance.yaml", state="ok")
    desired = Desired(apps=(), base_folder=str(tmp_path))
    board = Board(Facts(config=CONFIG, text="", config_status=status, desired=desired))
    places = places_in(tmp_path)
    answering = Answering()
    certificates = Certificates(board, places, certbot=answering)
    task = asyncio.create_task(certificates.follow())
    try:
        await until(lambda: board.facts.certificates.names)
        assert answering.asked == 0
        board.update(routes=LIVE)
        await until(lambda: answering.asked == 1)
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_a_wish_during_an_order_that_is_refused_is_another_order(tmp_path: Path) -> None:
    async with following(tmp_path) as (certificates, authority, board):
        certificates.renew()
        authority.answers.put_nowait(REFUSED)
        await until(lambda: authority.asked == 2)
        authority.answers.put_nowait(issued())
        await until(lambda: not board.facts.certificates.problems)


async def test_a_wish_in_the_moment_of_a_refusal_is_not_lost(tmp_path: Path) -> None:
    async with following(tmp_path) as (certificates, authority, board):
        told = asyncio.create_task(
            board.until(lambda: bool(board.facts.certificates.problems)),
        )
        authority.answers.put_nowait(REFUSED)
        await told
        certificates.renew()
        await until(lambda: authority.asked == 2)


async def test_a_wish_during_an_order_that_succeeds_is_fulfilled(tmp_path: Path) -> None:
    async with following(tmp_path) as (certificates, authority, board):
        certificates.renew()
        authority.answers.put_nowait(issued())
        await until(lambda: board.facts.certificates.next_order is not None)
        assert authority.asked == 1
        # Nothing under way: the next wish is one.
        certificates.renew()
        await until(lambda: authority.asked == 2)


async def test_without_room_no_authority_is_asked_and_nobody_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "AFTER_TROUBLE", 0.01)
    async with following(tmp_path) as (certificates, authority, board):
        history = places_in(tmp_path).history
        under_way = history.with_name("under-way.json")
        under_way.unlink()
        under_way.mkdir()
        authority.answers.put_nowait(REFUSED)
        certificates.renew()
        await until(lambda: "disk" in {one.code for one in board.facts.certificates.problems})
        assert board.facts.certificates.ordering == ()
        assert authority.asked == 1
        under_way.rmdir()
        await until(lambda: authority.asked == 2)


async def test_a_disk_that_refuses_is_asked_again_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refusing(*_: object) -> None:
        asked.append(True)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(serving.keeping, "keep", refusing)
    async with following(tmp_path) as (_, _, board):
        await until(lambda: "disk" in {one.code for one in board.facts.certificates.problems})
        for _ in range(50):
            await asyncio.to_thread(len, asked)
    assert len(asked) == 1


async def test_names_that_leave_are_renewed_while_others_cannot_be_had(tmp_path: Path) -> None:
    async with following(tmp_path) as (_, authority, board):
        board.update(coming=CONFIG.model_copy(update={"domain": "y.org"}))
        authority.answers.put_nowait(issued(days_ago=80))
        await until(lambda: authority.asked == 2)
        authority.answers.put_nowait(REFUSED)
        await until(lambda: authority.asked == 3)
    assert authority.names == [("x.org",), ("y.org",), ("x.org",)]


async def test_names_that_leave_are_not_ordered_for_the_first_time(tmp_path: Path) -> None:
    async with following(tmp_path) as (certificates, authority, board):
        authority.answers.put_nowait(issued())
        await until(lambda: board.facts.certificates.next_order is not None)
        other = CONFIG.model_copy(update={"domain": "y.org"})
        board.update(coming=other)
        await until(lambda: authority.names == [("x.org",), ("y.org",)])
        authority.answers.put_nowait(REFUSED)
        await until(lambda: board.facts.certificates.problems)
        board.update(config=CONFIG.model_copy(update={"domain": "z.org"}))
        await until(lambda: "z.org" in {one.name for one in board.facts.certificates.names})
        # Whoever asks for new ones wants those of the YAML.
        certificates.renew()
        authority.answers.put_nowait(issued("y.org"))
        await until(lambda: not board.facts.certificates.problems)
    assert {name for names in authority.names for name in names} == {"x.org", "y.org"}


async def test_a_new_root_is_told_once_to_those_who_must_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that no other test has bound to its own processors.
    monkeypatch.setattr(serving, "_log", structlog.get_logger())
    with capture_logs() as logs:
        async with following(tmp_path) as (_, _, board):

            def roots() -> list[str]:
                return [one["event"] for one in logs if "sha256" in one]

            # What is served and what is ordered are looked after side by side.
            await until(roots)
            assert roots() == ["certificates.root_made"]
            other = Config.model_validate({"domain": "y.org", "tls": {"mode": "local-ca"}})
            board.update(config=other)
            await until(lambda: board.facts.certificates.mode == "local-ca")
            board.update(config=CONFIG.model_copy(update={"domain": "x.y.org"}))
            await until(lambda: "x.y.org" in {n.name for n in board.facts.certificates.names})
    assert roots() == ["certificates.root_made", "certificates.root_replaced"]
