"""What needs somebody, gathered from all that the control process knows. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from appliance.control.status import Snapshot
from appliance.web.dashboard.apps import status_of
from appliance.web.dashboard.places import CERTIFICATES, app_page


@dataclass(frozen=True)
class Concern:
    message: str
    remedy: str = ""
    link: str = ""
    """A page that tells more."""
    serious: bool = True
    """Visitors notice, or will."""


def concerns(now: Snapshot) -> tuple[Concern, ...]:
    """In the order in which they should be mended."""
    return tuple(_concerns(now))


def _concerns(now: Snapshot) -> Iterator[Concern]:
    status = now.status
    for finding in status.config.findings:
        place = f"{finding.file}:{finding.line}:{finding.column}"
        yield Concern(f"`{place}` {finding.sentence}", "What was running before goes on.")
    for notice in status.notices:
        yield Concern(notice.message, notice.remedy, serious=False)
    for text in status.routes.detail:
        yield Concern(text, "The proxy does not do yet what the configuration asks for.")
    for name in now.config.apps:
        problem = status_of(now, name).problem
        if problem is not None:
            yield Concern(f"{name}: {problem.summary}", problem.remedy, app_page(name))
    told = {notice.message for notice in status.notices}
    for wrong in status.certificates.problems:
        if wrong.message not in told:
            yield Concern(wrong.message, wrong.remedy, CERTIFICATES)
