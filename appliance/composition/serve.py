"""The control process: pages and ForwardAuth on TCP, its API on a Unix socket, and who follow."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import structlog

from appliance.auth.administering.api import administer
from appliance.auth.forward.visibility import Visibility
from appliance.composition.parts import Parts, assemble
from appliance.config.addresses import trusted
from appliance.control import (
    configuration,
    examination,
    guarding,
    hosting,
    relaying,
    storage,
    visiting,
)
from appliance.control.api import api
from appliance.control.certificates.verbs import certificate_verbs
from appliance.control.metrics import exporter, metrics_page
from appliance.control.routing import Routing
from appliance.control.settings import Settings
from appliance.control.status import Notice
from appliance.descriptors import take_all_descriptors
from appliance.listening import Server, first, tcp, told_to_end, unix
from appliance.visits.api import visits_verbs
from appliance.web import routers
from appliance.web.certificate import certificate_pages
from appliance.web.embedding.tokens import with_token
from appliance.web.greeting import greeter
from appliance.web.pages import pages
from appliance.web.thumbnails import thumbnails
from appliance.web.turned_away import TURNED_AWAY
from appliance.web.visitor import VisitorAddress

_log = structlog.get_logger(__name__)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    take_all_descriptors()
    told = told_to_end()
    parts = assemble(settings)
    servers = tuple(_servers(parts))
    sources = configuration.Sources(
        settings.file, settings.last_good, settings.names, parts.door.keys.public_pem
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(configuration.follow(parts.board, sources))]
            # Nobody is told anything before it is known; connections wait that long.
            await parts.board.until(lambda: parts.board.facts.read)
            serving = [tasks.create_task(server.run_until_stopped()) for server in servers]
            following += [tasks.create_task(one) for one in _following(parts)]
            following += [tasks.create_task(configuration.move(parts.board, sources))]
            _log.info("control.started", file=str(settings.file), pages=settings.pages_url)
            await first(told, *serving)
            for task in following:
                task.cancel()
            for server in servers:
                server.should_exit = True
    finally:
        await parts.close()
        settings.control_socket.unlink(missing_ok=True)
    _log.info("control.stopped")


def _servers(parts: Parts) -> Iterator[Server]:
    settings, door, metrics = parts.settings, parts.door, parts.metrics
    yield Server(_pages(parts), tcp(*settings.pages_listen))
    yield Server(parts.forward, tcp(*settings.forward_listen))
    verbs = (
        certificate_verbs(parts.certificates),
        visits_verbs(parts.visits),
        metrics_page(metrics),
    )
    served = api(parts.now, *verbs)
    administer(served, door, parts.config, with_token)
    yield Server(served, unix(settings.control_socket))
    if settings.metrics_listen is not None:
        yield Server(exporter(metrics), tcp(*settings.metrics_listen))


def _pages(parts: Parts) -> VisitorAddress:
    door, config, machine = parts.door, parts.config, parts.machine
    visibility = Visibility(parts.forward, door.keys.forms)
    before = (
        certificate_pages(parts.now, parts.certificates.certbot.webroot),
        *routers.account(door, config, parts.folder),
        *routers.embedding(door, parts.now, visibility),
        routers.dashboard(door, config, parts.folder, machine),
        thumbnails(parts.now, parts.host.thumbnail, visibility),
    )
    programs = routers.programs(door, parts.forward, machine)
    served = pages(parts.now, before, visibility, greeter(door, config), programs)
    return VisitorAddress(served, lambda: trusted(config()))


def _following(parts: Parts) -> Iterator[Coroutine[Any, Any, None]]:
    """What goes on for ever beside the servers."""
    settings, board = parts.settings, parts.board
    routing = Routing(board, settings.traefik_folder, parts.traefik, parts.host)
    yield hosting.follow(board, parts.host)
    yield parts.certificates.follow()
    yield routing.follow(settings.pages_url, settings.forward_url, settings.shares_url)
    yield visiting.follow(board, parts.visits)
    yield guarding.follow(board, parts.door, parts.forward, TURNED_AWAY, parts.former)
    yield guarding.tidy(board, parts.door)
    yield storage.follow(board, settings.data)
    yield _tell_notices(parts)
    yield examination.tell(board, parts.doctor)
    if parts.relay is not None:
        yield relaying.follow(board, parts.relay, parts.folder)


async def _tell_notices(parts: Parts) -> None:
    """Once for each, in the log: in public mode no page shows them."""
    board, told = parts.board, set[Notice]()
    while True:
        seen = board.version
        notices = set(parts.now().status.notices)
        for notice in notices - told:
            _log.warning("notice", code=notice.code, text=notice.message, remedy=notice.remedy)
        told = notices
        await board.newer(seen)
