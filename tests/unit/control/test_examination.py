"""The doctor at work for the pages."""

import asyncio
from datetime import datetime
from pathlib import Path
from threading import Event

import pytest
import structlog
from structlog.testing import capture_logs

from appliance.certs.keeping import Places
from appliance.certs.status import CertificateProblem, CertificatesStatus
from appliance.config.schema import Config
from appliance.control import examination as examination_module
from appliance.control.board import Board, Facts
from appliance.control.examination import Doctor
from appliance.control.published import Published
from appliance.control.status import ConfigStatus
from tests.running.until import until

YAML = "domain: d.example.org\n"
NOT_TOLD = Published()
LOCAL_CA = {"domain": "d.example.org", "tls": {"mode": "local-ca"}}


class Nowhere:
    """A network in which no name leads anywhere; it answers when it is let."""

    def __init__(self) -> None:
        self.go = Event()
        self.asked = 0

    def addresses(self, _: str) -> tuple[str, ...]:
        self.asked += 1
        assert self.go.wait(60)
        return ()

    def own_addresses(self) -> frozenset[str]:
        return frozenset()

    def caa(self, _: str) -> tuple[str, ...] | None:
        return None

    def texts(self, _: str) -> dict[str, frozenset[str]]:
        return {}

    def connects(self, *_: object) -> bool:
        return False

    def certificate(self, *_: object) -> str | None:
        return None

    def get(self, *_: object) -> tuple[int, str] | None:
        return None

    def clock(self, _: str) -> datetime | None:
        return None


@pytest.fixture
def network() -> Nowhere:
    return Nowhere()


@pytest.fixture
def doctor(tmp_path: Path, network: Nowhere) -> Doctor:
    return doctor_of(tmp_path, network)[0]


def doctor_of(
    tmp_path: Path, network: Nowhere, published: Published = NOT_TOLD
) -> tuple[Doctor, Board]:
    config = Config.model_validate(LOCAL_CA)
    status = ConfigStatus(file="appliance.yaml", state="ok")
    board = Board(Facts(config=config, text=YAML, config_status=status))
    places = Places(tmp_path, tmp_path, tmp_path / "proxy", tmp_path / "relay")

    async def word() -> dict[str, str]:
        return {"path": "/word", "word": "w"}

    return Doctor(board, places, word, lambda: network, published), board


async def test_he_goes_on_looking_when_nobody_waits_and_looks_once_at_a_time(
    doctor: Doctor, network: Nowhere
) -> None:
    await doctor.look(0.01)
    await doctor.look(0.01)
    assert doctor.looking
    assert doctor.findings is None
    network.go.set()
    await doctor.look(60)
    assert not doctor.looking
    assert doctor.findings is not None
    assert "d.example.org leads nowhere" in [one.message for one in doctor.findings.seen]
    asked = network.asked
    await doctor.look(60)
    assert network.asked == 2 * asked


async def test_he_knows_that_containers_take_visitors_by_ipv4_only(
    tmp_path: Path, network: Nowhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "addresses", lambda _: ("2001:db8::7",))
    doctor, _ = doctor_of(tmp_path, network, Published(http="0.0.0.0:80"))
    await doctor.look(60)
    assert doctor.findings is not None
    assert "ipv6" in {one.check for one in doctor.findings.seen}


async def test_a_doctor_who_breaks_off_says_so(
    doctor: Doctor, network: Nowhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> str:
        raise RuntimeError

    monkeypatch.setattr(network, "addresses", broken)
    await asyncio.gather(doctor.look(60), doctor.look(60))
    assert doctor.findings is not None
    [one] = doctor.findings.seen
    assert (one.state, one.message) == ("unknown", "the doctor broke off: RuntimeError")


async def test_what_he_finds_is_in_the_log_of_an_order_that_was_refused(
    tmp_path: Path, network: Nowhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One that no other test has bound to its own processors.
    monkeypatch.setattr(examination_module, "_log", structlog.get_logger())
    network.go.set()
    doctor, board = doctor_of(tmp_path, network)
    with capture_logs() as logs:
        task = asyncio.create_task(examination_module.tell(board, doctor))
        problem = CertificateProblem(code="certificate-local", message="m", remedy="r")
        board.update(certificates=CertificatesStatus(problems=(problem,)))
        refused = CertificateProblem(code="order-dns", message="m", remedy="r")
        board.update(certificates=CertificatesStatus(problems=(problem, refused)))
        await until(lambda: logs)
        # The same refusal is not looked into again.
        asked = network.asked
        board.update(certificates=CertificatesStatus(problems=(refused,)))
        await until(lambda: not doctor.looking)
        task.cancel()
        await asyncio.wait({task})
    (found,) = [one for one in logs if one["check"] == "names"]
    assert found["event"] == "doctor.found"
    assert found["text"] == "d.example.org leads nowhere"
    assert found["remedy"].startswith("Add an A record")
    assert found["where"] == "appliance.yaml:1: domain"
    assert network.asked == asked
