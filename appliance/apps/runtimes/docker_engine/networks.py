"""One network an app, so that no app reaches another. Small subnets of our own range.

Docker's own pools give out about thirty networks, and every Compose project on the machine needs
one. The proxy, and the app host for its probes, are members of each app's network.
"""

import time
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, ip_network
from itertools import islice
from threading import Lock
from typing import Any

from docker.client import DockerClient
from docker.errors import APIError, NotFound
from docker.models.networks import Network
from docker.types import IPAMConfig, IPAMPool

from appliance.apps.runtime import BuildError
from appliance.apps.runtimes.docker_engine import project as labels
from appliance.apps.runtimes.docker_engine.project import Project
from appliance.commands import UP

PREFIX = 25
"""Room for 32 replicas, as many successors beside them, the proxy and the app host."""
_TRIES = 16
_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, None)
"""Seconds between tries to remove a network."""
_MEMBERS = ("proxy", "apps")
"""Compose services that belong to each app's network."""


def free_subnets(within: IPv4Network, taken: Iterable[IPv4Network]) -> Iterator[IPv4Network]:
    """Subnets that overlap none of `taken`, in order."""
    occupied = [network for network in taken if network.overlaps(within)]
    prefix = max(PREFIX, within.prefixlen)
    for candidate in within.subnets(new_prefix=prefix):
        if not any(candidate.overlaps(network) for network in occupied):
            yield candidate


class Networks:
    """The networks of this appliance's apps. Blocking."""

    def __init__(self, client: DockerClient, project: Project) -> None:
        self._client = client
        self._project = project
        # Many threads look after networks: none may join one that another is about to remove.
        self._membership = Lock()

    def ensure(self, app: str) -> IPv4Network:
        """The subnet of the app's network, which exists now and has its members."""
        network = self._find(app) or self._create(app)
        subnet = _subnets(network.attrs)[0]
        self.connect_members(app)
        return subnet

    def connect_members(self, *starting: str) -> None:
        """Connect proxy and app host where they are missing; the proxy may be a new container.

        Only to networks of apps that have an instance, or are about to: an idle one goes.
        """
        if not self._project.composed:
            return
        with self._membership:
            used = {*starting, *self._apps()}
            wanted = {one.id: one for one in self._all() if one.attrs["Labels"][labels.APP] in used}
            for member in self._members():
                found = member["NetworkSettings"]["Networks"].values()
                for missing in wanted.keys() - {entry["NetworkID"] for entry in found}:
                    _connect(wanted[missing], member["Id"])

    def remove(self, app: str) -> None:
        """Remove the app's network; its instances must have gone."""
        network = self._find(app)
        if network is None:
            return
        for pause in _PAUSES:
            try:
                with self._membership:
                    self._disconnect(network)
                    network.remove()
            except NotFound:
                return
            except APIError as error:
                # The engine is not through with the last instance.
                if error.status_code != 403 or pause is None:
                    raise
                time.sleep(pause)
            else:
                return

    def _disconnect(self, network: Network) -> None:
        for member in self._members():
            try:
                network.disconnect(member["Id"], force=True)
            except APIError:
                continue  # it was no member

    def remove_all(self) -> None:
        for network in self._all():
            self.remove(network.attrs["Labels"][labels.APP])

    def proxy_runs(self) -> bool:
        """Whether the Compose project's proxy runs: not so while the project goes down."""
        return any(
            member["State"] == "running" and member["Labels"][_SERVICE] == "proxy"
            for member in self._members()
        )

    def _members(self) -> list[dict[str, Any]]:
        if not self._project.composed:
            return []
        found: list[dict[str, Any]] = self._client.api.containers(
            all=True, filters={"label": f"{_COMPOSE}={self._project.name}"}
        )
        return [one for one in found if one["Labels"].get(_SERVICE) in _MEMBERS]

    def _apps(self) -> set[str]:
        """Apps that have an instance, be it that it has ended."""
        found: list[dict[str, Any]] = self._client.api.containers(
            all=True, filters={"label": [f"{labels.PROJECT}={self._project.name}", labels.INSTANCE]}
        )
        return {entry["Labels"][labels.APP] for entry in found}

    def _all(self) -> list[Network]:
        return self._client.networks.list(
            filters={"label": f"{labels.PROJECT}={self._project.name}"}
        )

    def _find(self, app: str) -> Network | None:
        name = self._project.network(app)
        return next((one for one in self._all() if one.name == name), None)

    def _create(self, app: str) -> Network:
        taken = [subnet for one in self._client.networks.list() for subnet in _subnets(one.attrs)]
        for subnet in islice(free_subnets(self._project.subnets, taken), _TRIES):
            try:
                return self._client.networks.create(
                    self._project.network(app),
                    driver="bridge",
                    check_duplicate=True,
                    ipam=IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet))]),
                    labels=self._project.labels(app),
                )
            except APIError as error:
                # Somebody else took it meanwhile, or the machine itself is in that network.
                if "overlap" not in str(error.explanation).lower():
                    raise
        raise BuildError(
            "network-missing",
            f"No network is free for this app within {self._project.subnets}.",
            remedy="Set APPLIANCE_APP_NETWORKS to a private range that this machine does not use, "
            f"e.g. 172.30.0.0/16, then {UP}.",
        )


_COMPOSE = "com.docker.compose.project"
_SERVICE = "com.docker.compose.service"


def _connect(network: Network, container: str) -> None:
    try:
        network.connect(container)
    except APIError as error:
        # Already a member, or one of the two has gone meanwhile: the next look sees to it.
        if error.status_code not in {403, 404, 409}:
            raise


def _subnets(attributes: dict[str, Any]) -> list[IPv4Network]:
    configured = (attributes.get("IPAM") or {}).get("Config") or ()
    found = [ip_network(entry["Subnet"]) for entry in configured if entry.get("Subnet")]
    return [network for network in found if isinstance(network, IPv4Network)]
