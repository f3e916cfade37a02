"""The doctor at work for the pages: on demand, one at a time, and what it found is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread

import structlog

from appliance.certs import history
from appliance.certs.keeping import Places
from appliance.certs.status import CertificateProblem
from appliance.commands import COMMAND
from appliance.config.findings import ConfigError, Reporter
from appliance.config.loading import load_text
from appliance.control.board import Board, Facts
from appliance.control.published import Published, ipv4_only
from appliance.doctor.examining import examine
from appliance.doctor.model import Diagnosis, Examination, Probe
from appliance.doctor.network import Internet, Network
from appliance.doctor.proving import proven

_log = structlog.get_logger(__name__)
_NOT_TOLD = Published()
_PATIENCE = 120.0
"""Seconds after which what was found too late is left to those who ask."""


def _written(facts: Facts) -> Reporter:
    """Where the YAML in force says what; nowhere before the first was read."""
    file = Path(facts.config_status.file)
    try:
        return Reporter(file.name, load_text(facts.text, file).places)
    except ConfigError:
        return Reporter(file.name)


@dataclass(frozen=True)
class Findings:
    """What the doctor saw at one moment, the good too."""

    at: datetime
    seen: tuple[Diagnosis, ...]


class Doctor:
    """Of one control process. `word` puts one where an authority would look for it."""

    def __init__(
        self,
        board: Board,
        places: Places,
        word: Callable[[], Awaitable[dict[str, str]]],
        network: Callable[[], Network] = Internet,
        published: Published = _NOT_TOLD,
    ) -> None:
        self._board = board
        self._places = places
        self._word = word
        self._network = network
        self._published = published
        self._looking: asyncio.Task[None] | None = None
        self.findings: Findings | None = None
        """None until somebody has asked."""

    @property
    def looking(self) -> bool:
        return self._looking is not None and not self._looking.done()

    async def look(self, patience: float, *, proving: bool = True) -> None:
        """Begin, unless it has begun already, and wait for it at most `patience` seconds.

        Names that lead nowhere take their time, and nobody should have to keep a page open for it.
        `proving` writes into the zone, where that is how names are proven.
        """
        if not self.looking:
            self._looking = asyncio.create_task(self._look(proving=proving))
        assert self._looking is not None
        await asyncio.wait({self._looking}, timeout=patience)

    async def _probe(self) -> Probe | None:
        try:
            return Probe(**await self._word())
        except OSError as error:
            _log.warning("doctor.no_word", reason=error.strerror)
            return None

    async def _look(self, *, proving: bool) -> None:
        facts = self._board.facts
        examination = Examination(
            config=facts.wanted,
            base=self._places.base,
            now=datetime.now(UTC),
            network=self._network(),
            certificates=facts.certificates,
            history=history.read(self._places.history),
            probe=await self._probe(),
            storage=facts.storage,
            ipv4_only=ipv4_only(self._published.http),
            prove=proven if proving else None,
            written=_written(facts),
        )
        try:
            seen = await _aside(lambda: tuple(examine(examination)))
        except Exception as error:  # noqa: BLE001 - the page says so; the next try may go better
            _log.exception("doctor.failed")
            text = f"the doctor broke off: {type(error).__name__}"
            remedy = (
                f"The log of the control process has the details; `{COMMAND} doctor` tries too."
            )
            seen = (Diagnosis("doctor", "unknown", text, remedy),)
        self.findings = Findings(datetime.now(UTC), seen)


async def tell(board: Board, doctor: Doctor) -> None:
    """For ever: when an order is refused, what the doctor finds stands in the log below it."""
    known: frozenset[CertificateProblem] = frozenset()
    while True:
        seen, problems = board.version, board.facts.certificates.problems
        refused = frozenset(one for one in problems if one.code.startswith("order-"))
        if refused - known:
            # What is wrong with records, the order has just found.
            await doctor.look(_PATIENCE, proving=False)
            found = doctor.findings.seen if doctor.findings and not doctor.looking else ()
            for one in found:
                # What the appliance itself knows of certificates is in the log already.
                if one.state == "bad" and one.check != "certificates":
                    where = str(one.where) if one.where else None
                    words = {"text": one.message, "remedy": one.remedy, "where": where}
                    _log.warning("doctor.found", check=one.check, **words)
        known = refused
        await board.newer(seen)


async def _aside(work: Callable[[], tuple[Diagnosis, ...]]) -> tuple[Diagnosis, ...]:
    """In a thread that nobody waits for: names that lead nowhere must not hold up our end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[Diagnosis, ...]] = loop.create_future()

    def settle(settled: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: None if done.done() else settled())

    def run() -> None:
        try:
            found = work()
        except Exception as raised:  # noqa: BLE001 - handed on to who waits
            settle(partial(done.set_exception, raised))
        else:
            settle(partial(done.set_result, found))

    Thread(target=run, name="doctor", daemon=True).start()
    return await done
