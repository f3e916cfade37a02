"""Routes visitors: route model -> Traefik's files -> what Traefik says -> the app host."""

import structlog
from jinja2 import TemplateError
from ruamel.yaml.error import YAMLError

from appliance import disk
from appliance.apps.model import HostStatus
from appliance.control.apphost import AppHost, AppHostAway
from appliance.control.board import Board, Facts
from appliance.control.status import RoutesStatus
from appliance.proxy.files import SHARED, routes_text
from appliance.proxy.model import RouteModel
from appliance.proxy.routes import routes, serving
from appliance.proxy.static import Folder
from appliance.proxy.traefik import Traefik

_log = structlog.get_logger(__name__)
_NOBODY = HostStatus(version=-1, runtime="unknown", converged=False)
_SOON, _LATER, _NOW_AND_THEN = 0.1, 1.0, 5.0
"""Seconds until Traefik is asked again: at first, when it takes its time, and when all is well."""


class Routing:
    """Keeps Traefik on the facts."""

    def __init__(self, board: Board, folder: Folder, traefik: Traefik, host: AppHost) -> None:
        self._board = board
        self._folder = folder
        self._traefik = traefik
        self._host = host
        self._confirmed: dict[str, tuple[str, ...]] = {}
        self._connection = 0

    async def follow(
        self, control_url: str, forward_url: str, shares_url: str | None = None
    ) -> None:
        """For ever. Routes of an earlier run stay until the app host has told what is running."""
        board = self._board
        if self._folder.routes.exists():
            await board.until(lambda: board.facts.host is not None)
        pause = _SOON
        while True:
            seen, facts = board.version, board.facts
            model = routes(
                facts.config, facts.host or _NOBODY, control_url, forward_url, shares_url
            )
            settled = await self._settle(facts, model)
            news = await board.newer(seen, _NOW_AND_THEN if settled else pause)
            pause = _SOON if settled or news else min(pause * 1.5, _LATER)

    async def _settle(self, facts: Facts, model: RouteModel) -> bool:
        missing = self._write(model) or await self._traefik.differences(model)
        self._report(model, missing)
        if missing or facts.host is None:
            return not missing
        return await self._confirm(facts)

    def _write(self, model: RouteModel) -> tuple[str, ...]:
        """What prevented it; then the routes from before stay."""
        try:
            if disk.write(self._folder.routes, routes_text(model), SHARED):
                _log.info("routes.written", routes=len(model.routers))
        except OSError as error:
            return (f"{self._folder.routes} cannot be written: {error.strerror}",)
        except (TemplateError, YAMLError) as error:
            return (f"{self._folder.routes} cannot be written: {error}",)
        return ()

    def _report(self, model: RouteModel, missing: tuple[str, ...]) -> None:
        status = RoutesStatus(live=not missing, detail=missing)
        if status != self._board.facts.routes:
            log = _log.bind(routes=len(model.routers))
            log.info("routes.live") if status.live else log.info("routes.waiting", detail=missing)
        self._board.update(routes=status)

    async def _confirm(self, facts: Facts) -> bool:
        """Tell the app host which instances visitors reach; others of the app may drain."""
        if facts.connection != self._connection:
            self._confirmed, self._connection = {}, facts.connection
        apps = facts.host.apps if facts.host else ()
        known = {status.name for status in apps}
        self._confirmed = {n: ids for n, ids in self._confirmed.items() if n in known}
        for status in apps:
            wanted = status.name in facts.config.apps
            instances = tuple(i.id for i in serving(status)) if wanted else ()
            if self._confirmed.get(status.name) == instances:
                continue
            try:
                await self._host.routed(status.name, instances)
            except AppHostAway as away:
                _log.info("routes.unconfirmed", app=status.name, reason=str(away))
                return False
            _log.info("app.routed", app=status.name, instances=instances)
            self._confirmed[status.name] = instances
        return True
