"""Asks an authority for what the YAML names: when, for which names, and what came of it."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from appliance.certs import history
from appliance.certs.certbot import Certbot, Outcome
from appliance.certs.history import Attempt
from appliance.certs.keeping import Places
from appliance.certs.model import Certificate, Origin
from appliance.certs.names import orders
from appliance.certs.ordering import Order, Wait
from appliance.certs.refusals import Refusal
from appliance.config.schema import Config
from appliance.config.secrets import SecretError
from appliance.config.tls import DnsChallenge
from appliance.control.board import Board, Facts
from appliance.control.certificates.facts import (
    AFTER_TROUBLE,
    Naming,
    naming_of,
    tell,
    tell_of_disk,
    until_other_names,
)
from appliance.control.certificates.obstacles import Obstacles
from appliance.control.certificates.serving import Serving
from appliance.control.certificates.wanted import never, next_order, subject

_log = structlog.get_logger(__name__)
_PROXY_WITHIN = 30.0


class Ordering:
    def __init__(
        self,
        board: Board,
        places: Places,
        certbot: Certbot,
        obstacles: Obstacles,
        serving: Serving,
    ) -> None:
        """`serving` is called upon with every outcome."""
        self._board = board
        self._places = places
        self._certbot = certbot
        self._obstacles = obstacles
        self._serving = serving
        self._asked: set[tuple[str, ...]] = set()
        self._busy = asyncio.Lock()
        self._wake = asyncio.Event()

    async def follow(self) -> None:
        """For ever."""
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
                tell_of_disk(self._board, error)
                tell(self._board, ordering=())
                await asyncio.sleep(AFTER_TROUBLE)
                continue
            self._note_next(config, step)
            await self._until(step, naming_of(facts), seen)

    def renew(self) -> None:
        """Order at once.

        What is under way is new enough if it succeeds; refused, it is ordered once more, since who
        asks may just have mended the reason.
        """
        config = self._board.facts.wanted
        self._asked = set(orders(config)) if config.tls_mode == "certbot" else set()
        self._wake.set()

    async def revoke(self, fingerprint: str) -> Refusal | None:
        """As `Certificates.revoke`, without serving and ordering anew."""
        stored = {one.fingerprint: one for one in self._ordered()}
        certificate = stored[fingerprint]
        async with self._busy:
            refused = await self._certbot.revoke(self._board.facts.wanted, certificate)
        if refused is None:
            _log.warning("certificate.revoked", names=certificate.names, fingerprint=fingerprint)
            for one in stored.values():
                # With `reuse_key` others may have the key that is no longer ours alone.
                if one.key == certificate.key:
                    self._places.store.drop(one)
        return refused

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
        for certificate in await asyncio.to_thread(self._certbot.left_over):
            begun = await asyncio.to_thread(history.begun, self._places.history)
            if begun is not None:
                await self._take(begun, certificate)

    def _step(self, facts: Facts, now: datetime) -> Order | Wait:
        if not self._orders(facts.wanted):
            return never(now)
        past = history.read(self._places.history)
        return next_order(facts, self._asked, past, self._ordered(), now)

    def _orders(self, config: Config) -> bool:
        return config.tls_mode == "certbot" and not self._obstacles.closed(config)

    def _ordered(self) -> list[Certificate]:
        return [one for one in self._places.store.certificates() if one.origin is Origin.CERTBOT]

    def _former(self, config: Config, order: Order) -> Certificate | None:
        """Whose key is to be used again: the newest for any of these names."""
        if not config.tls.reuse_key:
            return None
        related = (one for one in self._ordered() if set(one.names) & set(order.names))
        return max(related, key=lambda one: one.not_before, default=None)

    def _note_next(self, config: Config, step: Wait) -> None:
        tell(self._board, next_order=step.until if self._orders(config) else None)

    async def _until(self, step: Wait, known: Naming, seen: int) -> None:
        """Until the step is due, a person asks, or another configuration is in force."""
        pause = max((step.until - datetime.now(UTC)).total_seconds(), 0.2)
        asked = asyncio.create_task(self._wake.wait())
        changed = asyncio.create_task(until_other_names(self._board, known, seen, min(pause, 3600)))
        try:
            await asyncio.wait({asked, changed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            changed.cancel()
        self._wake.clear()

    async def _place(self, config: Config, order: Order) -> None:
        """Raises `OSError` if what comes of it cannot be stored."""
        _log.info("certificate.ordering", names=order.names, why=order.why.value)
        tell(self._board, ordering=order.names)
        attempt = Attempt(
            at=datetime.now(UTC),
            directory=config.tls.directory,
            subject=subject(config, order.names),
            names=order.names,
        )
        await asyncio.to_thread(history.begin, self._places.history, attempt)
        self._asked.discard(order.names)
        try:
            async with self._busy:
                former = await asyncio.to_thread(self._former, config, order)
                outcome = await self._certbot.order(config, order.names, former)
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
            await asyncio.to_thread(self._places.store.keep, certificate)
            _log.info(
                "certificate.issued",
                names=certificate.names,
                expires=certificate.not_after.isoformat(),
                issuer=certificate.issuer,
            )
        await asyncio.to_thread(history.add, self._places.history, attempt)
        await asyncio.to_thread(self._certbot.forget)
        if not attempt.failed:
            self._asked.discard(attempt.names)
        self._obstacles.note(attempt)
        tell(self._board, ordering=())
        await self._serving.serve()
