"""Traefik's API: what is live is what Traefik itself says is live."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from appliance.proxy.files import KEY_HEADER
from appliance.proxy.model import ForwardAuth, RouteModel, Router

_PROVIDER = "@file"
_OURS = {"api@file", "metrics@file"}
"""Routes to Traefik itself; in a file of their own, not in the model."""


class TraefikAway(Exception):  # noqa: N818 - a state of the world, not a fault
    """Traefik does not answer. The message says why."""


class Traefik:
    """Asks one Traefik at `url` (`http://host:port` of its API's entry point)."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(
            base_url=url, headers={KEY_HEADER: key}, timeout=5, trust_env=False
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def metrics(self) -> str:
        """Prometheus' text. Raises `TraefikAway`."""
        try:
            answer = await self._client.get("/metrics")
        except httpx.HTTPError as error:
            raise TraefikAway(
                f"no proxy at {self._url}: {error or type(error).__name__}"
            ) from error
        if answer.is_error:
            raise TraefikAway(f"the proxy at {self._url} answered {answer.status_code}")
        return answer.text

    async def differences(self, model: RouteModel) -> tuple[str, ...]:
        """Sentences about what is not as the model says; empty: all of it is live."""
        try:
            answer = await self._client.get("/api/rawdata")
        except httpx.HTTPError as error:
            return (f"Traefik does not answer at {self._url}: {error or type(error).__name__}",)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return ("Traefik has not read its files yet",)
        if answer.is_error:
            return (f"Traefik's API answered {answer.status_code}",)
        return differences(model, answer.json())


def differences(model: RouteModel, rawdata: Mapping[str, Any]) -> tuple[str, ...]:
    """The model against Traefik's `/api/rawdata`, with Traefik's own complaints in words."""
    routers = _of_files(rawdata.get("routers"))
    services = _of_files(rawdata.get("services"))
    middlewares = _of_files(rawdata.get("middlewares"))
    return (
        *_names("route", (r.name for r in model.routers), routers.keys() - _OURS),
        *_names("service", _service_names(model), services),
        *_names("middleware", (m.name for m in model.middlewares), middlewares),
        *_complaints("route", routers),
        *_complaints("service", services),
        *_complaints("middleware", middlewares),
        *(
            f"route {router.name} is not yet as written"
            for router in model.routers
            if (found := routers.get(router.name + _PROVIDER)) is not None
            and not _as_written(router, found)
        ),
        *(
            f"service {service.name} does not yet lead to {', '.join(service.servers)}"
            for service in model.services
            if (found := services.get(service.name + _PROVIDER)) is not None
            and _servers(found) != service.servers
        ),
        *(
            f"middleware {middleware.name} does not yet ask {middleware.address}"
            for middleware in model.middlewares
            if isinstance(middleware, ForwardAuth)
            if (found := middlewares.get(middleware.name + _PROVIDER)) is not None
            and not _asks(middleware, found)
        ),
    )


def _service_names(model: RouteModel) -> Iterable[str]:
    yield from (service.name for service in model.services)
    yield from (failover.name for failover in model.failovers)


def _of_files(section: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    return {name: value for name, value in (section or {}).items() if name.endswith(_PROVIDER)}


def _names(kind: str, wanted: Iterable[str], found: Iterable[str]) -> Iterable[str]:
    names, live = {name + _PROVIDER for name in wanted}, set(found)
    yield from (f"{kind} {_bare(name)} is not live yet" for name in sorted(names - live))
    yield from (f"{kind} {_bare(name)} is still live" for name in sorted(live - names))


def _complaints(kind: str, section: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    for name, value in sorted(section.items()):
        if value.get("status") != "enabled":
            reasons = "; ".join(value.get("error", ())) or f"it is {value.get('status')}"
            yield f"Traefik refuses the {kind} {_bare(name)}: {reasons}"


def _as_written(router: Router, found: Mapping[str, Any]) -> bool:
    return (
        found.get("rule") == router.rule
        and found.get("priority") == router.priority
        and tuple(found.get("entryPoints", ())) == router.entry_points
        and tuple(map(_bare, found.get("middlewares", ()))) == router.middlewares
    )


def _asks(middleware: ForwardAuth, found: Mapping[str, Any]) -> bool:
    said = found.get("forwardAuth", {})
    answered = tuple(said.get("authResponseHeaders", ()))
    return said.get("address") == middleware.address and answered == middleware.answer_headers


def _servers(service: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(server["url"] for server in service.get("loadBalancer", {}).get("servers", ()))


def _bare(name: str) -> str:
    return name.removesuffix(_PROVIDER)
