"""Facts in, what is shown of them out."""

from appliance.apps.model import HostStatus
from appliance.config.schema import Config
from appliance.control.board import Facts
from appliance.control.published import Published, notices
from appliance.control.status import Notice, PortStatus, Snapshot, Status

_NO_HOST = HostStatus(version=-1, runtime="unknown", converged=False)


def snapshot(facts: Facts, published: Published) -> Snapshot:
    """What is in force and what there is to say about it."""
    config = facts.config
    # Before the first YAML was read there is nothing to compare the ports with.
    differ = notices(config, published) if facts.desired is not None else ()
    return Snapshot(
        config=config,
        status=Status(
            config=facts.config_status,
            text=facts.text,
            ports=_ports(config, published),
            routes=facts.routes,
            host=facts.host or _NO_HOST,
            notices=(*differ, *_troubles(facts)),
        ),
    )


def _ports(config: Config, published: Published) -> dict[str, PortStatus]:
    local = None if config.public else config.ports.local
    http = config.ports.http if config.public else None
    return {
        "local": PortStatus(wanted=local, published=published.local),
        "http": PortStatus(wanted=http, published=published.http),
    }


def _troubles(facts: Facts) -> tuple[Notice, ...]:
    found: list[Notice] = []
    if facts.last_good:
        found.append(
            Notice(
                code="last-good",
                message="An earlier configuration is in force, because the one in "
                f"{facts.config_status.file} cannot be used.",
                remedy="Run `appliance check` and correct the file; it is read again when saved.",
            )
        )
    if facts.host_away is not None:
        found.append(
            Notice(
                code="app-host-away",
                message="The app host does not answer; apps that run go on, changes wait.",
                remedy=f"Look at the log of the app host ({facts.host_away}).",
            )
        )
    if facts.no_admin:
        found.append(
            Notice(
                code="no-admin",
                message="There is no administrator yet.",
                remedy="Run `appliance users setup` on the machine: it prints a link, good once, "
                "that makes the first account.",
            )
        )
    return tuple(found)
