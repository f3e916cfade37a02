"""Keeps certificates good: what the YAML asks for, what is served, when to ask for more."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from appliance.certs import history, keeping
from appliance.certs.certbot import Certbot, Outcome
from appliance.certs.history import Attempt
from appliance.certs.keeping import Places
from appliance.certs.model import Certificate, Origin
from appliance.certs.names import orders
from appliance.certs.ordering import (
    LETS_ENCRYPT,
    UNKNOWN,
    Order,
    Wait,
    Why,
    next_step,
    subject_of,
)
from appliance.certs.refusals import Refusal
from appliance.certs.status import CertificateProblem, CertificatesStatus
from appliance.config.naming import naming
from appliance.config.schema import Config
from appliance.config.secrets import SecretError
from appliance.config.tls import DnsChallenge
from appliance.control.board import Board, Facts
from appliance.control.published import Published, answers_http

_log = structlog.get_logger(__name__)
_LOOK_AGAIN = 20.0
"""Seconds between looks at files of one's own, and at the clock."""
_AFTER_TROUBLE = 5.0
_PROXY_WITHIN = 30.0
_LEAVING = timedelta(seconds=30)
"""So long names that were served before keep their certificates: the proxy reads of new names and
of certificates one after the other, in any order."""
_NEVER = timedelta(days=365)
_UNTOLD = Published()
_CLOSED = CertificateProblem(
    code="ports-differ",
    message="No certificate is ordered yet: the machine does not listen on the port by which the "
    "authority would come.",
    remedy="Run `scripts/up` on the machine; the order follows by itself.",
)
"""Asked now, the authority would find nobody, and want to be left alone for some time."""
_Names = tuple[Config, Config]
"""What is served, and what is to be."""


class Certificates:
    """One writer of what visitors are served with. Everything on disk happens in a thread."""

    def __init__(self, board: Board, places: Places, published: Published = _UNTOLD) -> None:
        self._board = board
        self._published = published
        self.places = places
        self.certbot = Certbot(places.data / "certbot", places.base)
        self._asked: set[tuple[str, ...]] = set()
        self._served = board.facts.config
        self._leaving: tuple[Config, datetime] | None = None
        self._refused: dict[str, CertificateProblem] = {}
        self._busy = asyncio.Lock()
        self._wake = asyncio.Event()

    async def follow(self) -> None:
        """For ever."""
        board = self._board
        await board.until(lambda: board.facts.desired is not None)
        await asyncio.to_thread(self.certbot.hide)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep())
            tasks.create_task(self._order())

    def renew(self) -> None:
        """Order at once, whatever the calendar says.

        What is under way is new enough if it succeeds; refused, it is ordered once more, since who
        asks may just have mended the reason.
        """
        config = self._board.facts.wanted
        self._asked = set(orders(config)) if config.tls_mode == "certbot" else set()
        self._wake.set()

    async def revoke(self, fingerprint: str) -> Refusal | None:
        """Revoke a certificate and order another; why not, if the authority refuses.

        Raises `KeyError` if there is none with this fingerprint, `SecretError`, `OSError`.
        """
        stored = {one.fingerprint: one for one in self._ordered()}
        certificate = stored[fingerprint]
        async with self._busy:
            refused = await self.certbot.revoke(self._board.facts.wanted, certificate)
        if refused is None:
            _log.warning("certificate.revoked", names=certificate.names, fingerprint=fingerprint)
            for one in stored.values():
                # With `reuse_key` others may have the key that is no longer ours alone.
                if one.key == certificate.key:
                    self.places.store.drop(one)
            await self._serve()
            self.renew()
        return refused

    async def _keep(self) -> None:
        while True:
            seen, known = self._board.version, _names(self._board.facts)
            pause = self._pause() if await self._serve() else _AFTER_TROUBLE
            await self._changed(known, seen, pause)

    def _pause(self) -> float:
        """Seconds until the disk, or a certificate about to end, deserves a look."""
        ends = [one.expires for one in self._board.facts.certificates.names if one.expires]
        now = datetime.now(UTC)
        until = ((end - keeping.MARGIN - now).total_seconds() for end in ends)
        return max(min([_LOOK_AGAIN, *until]), 0.2)

    async def _changed(self, known: _Names, seen: int, pause: float) -> None:
        """Until another configuration is in force, or the pause is over."""
        board = self._board
        try:
            async with asyncio.timeout(pause):
                while known == _names(board.facts) and await board.newer(seen):
                    seen = board.version
        except TimeoutError:
            return

    async def _serve(self) -> bool:
        """Whether it could be done; else the proxy goes on with what it has."""
        facts, now = self._board.facts, datetime.now(UTC)
        config, leaving = facts.config, self._left(facts.config, now)
        try:
            found = await asyncio.to_thread(
                keeping.keep, config, self.places, now, facts.coming, leaving
            )
        except OSError as error:
            self._not_kept(error)
            return False
        known = self._board.facts.certificates
        self._tell_of_root(found, known, now)
        self._board.update(
            certificates=found.model_copy(
                update={
                    "ordering": known.ordering,
                    "next_order": known.next_order if config.tls_mode == "certbot" else None,
                    "problems": (*found.problems, *self._refusals(self._board.facts)),
                }
            )
        )
        if found.names != known.names:
            names = {one.name: one.origin for one in found.names}
            _log.info("certificates.serving", mode=found.mode, names=names)
        return True

    def _left(self, config: Config, now: datetime) -> Config | None:
        """What was served until a moment ago, if it had other names."""
        if naming(config) != naming(self._served):
            self._leaving = self._served, now + _LEAVING
        self._served = config
        return self._leaving[0] if self._leaving and now < self._leaving[1] else None

    def _tell_of_root(
        self, found: CertificatesStatus, known: CertificatesStatus, now: datetime
    ) -> None:
        """Once, when it is made: people have work to do then."""
        made = found.root_made
        if made is None or found.root_fingerprint == known.root_fingerprint:
            return
        if made < now.replace(microsecond=0):
            return
        sha256 = found.root_fingerprint
        if found.root_replaced:
            advice = "Who has installed the former root must install this one: /-/certificate."
            _log.warning("certificates.root_replaced", sha256=sha256, advice=advice)
        else:
            _log.info("certificates.root_made", sha256=sha256)

    async def _order(self) -> None:
        await self._proxy()
        while True:
            seen, facts = self._board.version, self._board.facts
            config = facts.wanted
            try:
                await self._recover()
                step = await asyncio.to_thread(self._step, facts, datetime.now(UTC))
                if isinstance(step, Order):
                    await self._place(config, step)
                    continue
            except OSError as error:
                # Without a memory of what was asked no authority is asked.
                self._not_kept(error)
                self._update(ordering=())
                await asyncio.sleep(_AFTER_TROUBLE)
                continue
            self._note_next(config, step)
            await self._until(step, _names(facts), seen)

    async def _proxy(self) -> None:
        """Until the proxy, which may start after us, lets the authority's question through."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_PROXY_WITHIN):
                await self._board.until(
                    lambda: (
                        self._board.facts.routes.live
                        or self._board.facts.config.tls_mode != "certbot"
                        or isinstance(self._board.facts.config.tls.challenge, DnsChallenge)
                    )
                )

    async def _recover(self) -> None:
        """Take what was ordered and could not be stored before we, or our room, came to an end."""
        for certificate in await asyncio.to_thread(self.certbot.left_over):
            begun = await asyncio.to_thread(history.begun, self.places.history)
            if begun is not None:
                await self._take(begun, certificate)

    def _step(self, facts: Facts, now: datetime) -> Order | Wait:
        """The first order that is due, or the shortest wait."""
        config, wait = facts.wanted, Wait(now + _NEVER)
        if config.tls_mode != "certbot" or self._closed(config):
            return wait
        directory = config.tls.directory
        past = tuple(a for a in history.read(self.places.history) if a.directory == directory)
        issued = history.fingerprints(past, directory)
        current = [one for one in self._ordered() if one.fingerprint in issued]
        limits = LETS_ENCRYPT if directory.startswith("letsencrypt") else UNKNOWN
        for names in orders(config):
            if names in self._asked:
                return Order(names, Why.ASKED)
            step = next_step(names, current, past, _subject(config, names), now, limits)
            if isinstance(step, Order):
                return step
            wait = min(wait, step, key=lambda one: one.until)
        for names in _leaving(facts):
            step = next_step(names, current, past, _subject(config, names), now, limits)
            if isinstance(step, Wait):
                wait = min(wait, step, key=lambda one: one.until)
            elif step.why is not Why.FIRST:
                return step
        return wait

    def _closed(self, config: Config) -> bool:
        """Whether an authority would come in vain, until a new start opens the ports."""
        by_http = not isinstance(config.tls.challenge, DnsChallenge)
        return by_http and not answers_http(config, self._published)

    def _ordered(self) -> list[Certificate]:
        return [one for one in self.places.store.certificates() if one.origin is Origin.CERTBOT]

    def _former(self, config: Config, order: Order) -> Certificate | None:
        """Whose key is to be used again: the newest for any of these names."""
        if not config.tls.reuse_key:
            return None
        related = (one for one in self._ordered() if set(one.names) & set(order.names))
        return max(related, key=lambda one: one.not_before, default=None)

    def _note_next(self, config: Config, step: Wait) -> None:
        wanted = config.tls_mode == "certbot" and not self._closed(config)
        self._update(next_order=step.until if wanted else None)

    async def _until(self, step: Wait, known: _Names, seen: int) -> None:
        """Until the step is due, a person asks, or another configuration is in force."""
        pause = max((step.until - datetime.now(UTC)).total_seconds(), 0.2)
        asked = asyncio.create_task(self._wake.wait())
        changed = asyncio.create_task(self._changed(known, seen, min(pause, 3600)))
        try:
            await asyncio.wait({asked, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            changed.cancel()
        self._wake.clear()

    async def _place(self, config: Config, order: Order) -> None:
        """Raises `OSError` if what comes of it cannot be stored."""
        _log.info("certificate.ordering", names=order.names, why=order.why.value)
        self._update(ordering=order.names)
        attempt = Attempt(
            at=datetime.now(UTC),
            directory=config.tls.directory,
            subject=_subject(config, order.names),
            names=order.names,
        )
        await asyncio.to_thread(history.begin, self.places.history, attempt)
        self._asked.discard(order.names)
        try:
            async with self._busy:
                former = await asyncio.to_thread(self._former, config, order)
                outcome = await self.certbot.order(config, order.names, former)
        except (SecretError, OSError) as error:
            remedy = getattr(error, "remedy", "room and access for the appliance's data folder")
            outcome = Outcome(refusal=Refusal("credentials", str(error), f"Needed: {remedy}."))
        if (refused := outcome.refusal) is not None:
            attempt = attempt.model_copy(
                update={
                    "code": refused.code,
                    "message": refused.message,
                    "remedy": refused.remedy,
                    "not_before": refused.not_before,
                }
            )
            _log.error("certificate.refused", code=refused.code, reason=refused.message)
        await self._take(attempt, outcome.certificate)

    async def _take(self, attempt: Attempt, certificate: Certificate | None) -> None:
        """Keep a certificate, remember the attempt, serve, and tell. Raises `OSError`."""
        if certificate is not None:
            attempt = attempt.model_copy(update={"fingerprint": certificate.fingerprint})
            await asyncio.to_thread(self.places.store.keep, certificate)
            _log.info(
                "certificate.issued",
                names=certificate.names,
                expires=certificate.not_after.isoformat(),
                issuer=certificate.issuer,
            )
        await asyncio.to_thread(history.add, self.places.history, attempt)
        await asyncio.to_thread(self.certbot.forget)
        self._refused.pop(attempt.subject, None)
        if attempt.code is None:
            self._asked.discard(attempt.names)
        else:
            self._refused[attempt.subject] = CertificateProblem(
                code=f"order-{attempt.code}", message=attempt.message, remedy=attempt.remedy
            )
        self._update(ordering=())
        await self._serve()

    def _refusals(self, facts: Facts) -> list[CertificateProblem]:
        """What stands between the names of today, or of tomorrow, and their certificates."""
        config = facts.wanted
        if config.tls_mode != "certbot":
            return []
        if self._closed(config):
            return [_CLOSED]
        wanted = (*orders(config), *_leaving(facts))
        subjects = [_subject(config, names) for names in wanted]
        return [self._refused[subject] for subject in subjects if subject in self._refused]

    def _not_kept(self, error: OSError) -> None:
        _log.error("certificates.not_kept", file=error.filename, reason=error.strerror)
        problem = CertificateProblem(
            code="disk",
            message=f"Certificates cannot be stored: {error}",
            remedy="Make room on the disk, or give the appliance access to its data folder.",
        )
        others = tuple(p for p in self._board.facts.certificates.problems if p.code != "disk")
        self._update(problems=(*others, problem))

    def _update(self, **changes: object) -> None:
        known = self._board.facts.certificates
        self._board.update(certificates=known.model_copy(update=changes))


def _names(facts: Facts) -> _Names:
    return facts.config, facts.wanted


def _leaving(facts: Facts) -> list[tuple[str, ...]]:
    """Orders for names that are served until others can be: none is made for the first time."""
    wanted = orders(facts.wanted)
    return [names for names in orders(facts.config) if names not in wanted]


def _subject(config: Config, names: tuple[str, ...]) -> str:
    tls = config.tls
    return subject_of(
        *names, tls.model_dump_json(include={"directory", "challenge", "eab", "email"})
    )
