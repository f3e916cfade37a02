"""Facts in, what is shown of them out."""

from collections.abc import Iterator

from appliance import disk
from appliance.apps.model import HostStatus
from appliance.certs.planning import listed
from appliance.commands import COMMAND
from appliance.config.addresses import overview
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
            relay=facts.relay,
            names=facts.lasting if facts.coming is not None else None,
            certificates=facts.certificates,
            notices=(*differ, *_troubles(facts)),
        ),
    )


def _ports(config: Config, published: Published) -> dict[str, PortStatus]:
    local = None if config.public else config.ports.local
    http = config.ports.http if config.public else None
    https = config.ports.https if config.tls_mode != "off" else None
    return {
        "local": PortStatus(wanted=local, published=published.local),
        "http": PortStatus(wanted=http, published=published.http),
        "https": PortStatus(wanted=https, published=published.https),
        "share": PortStatus(
            wanted=config.share.port if config.share else None, published=published.share
        ),
    }


def _troubles(facts: Facts) -> tuple[Notice, ...]:
    found: list[Notice] = []
    if said := disk.words(facts.storage):
        found.append(Notice(code="disk", message=said[0], remedy=said[1]))
    if facts.last_good:
        found.append(
            Notice(
                code="last-good",
                message="An earlier configuration is in force, because the one in "
                f"{facts.config_status.file} cannot be used.",
                remedy=f"Run `{COMMAND} check` and correct the file; it is read again when saved.",
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
    found += [_waiting(facts)] if facts.awaited else []
    found += [
        Notice(code=p.code, message=p.message, remedy=p.remedy) for p in facts.certificates.problems
    ]
    if facts.no_admin:
        found.append(
            Notice(
                code="no-admin",
                message="There is no administrator yet.",
                remedy=f"Run `{COMMAND} users setup` on the machine: it prints a link, good once, "
                "that makes the first account.",
            )
        )
    return (*found, *_share_troubles(facts))


def _waiting(facts: Facts) -> Notice:
    names = listed(facts.awaited)
    before, after = overview(facts.config), overview(facts.wanted)
    where = f"at {before}, not yet at {after}" if before != after else "under their former names"
    return Notice(
        code="names-wait",
        message=f"Visitors are served {where}: no certificate for {names} yet.",
        remedy=f"Nothing needs to be done while it is ordered; `{COMMAND} certs` says how far that "
        "is and what stands in the way. `tls: {mode: local-ca}` moves at once.",
    )


def _share_troubles(facts: Facts) -> Iterator[Notice]:
    """Without `share` nobody waits for the relay."""
    if facts.config.share is None:
        return
    if facts.relay_away is not None:
        yield Notice(
            code="relay-away",
            message="The relay does not answer; links may not work.",
            remedy=f"Look at the log of the relay ({facts.relay_away}).",
        )
    for text in facts.share_secrets:
        yield Notice(code="secret", message=text, remedy="Put it there, then save the YAML again.")
    for text in facts.relay.problems if facts.relay else ():
        remedy = "It is tried again by itself; `share` in the YAML says what is wanted."
        yield Notice(code="relay", message=text, remedy=remedy)
