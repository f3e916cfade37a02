"""Who asks the dashboard, and what he may have."""

from dataclasses import dataclass

from fastapi import Request

from appliance.config.access import guards
from appliance.config.addresses import share_domain
from appliance.config.schema import Config
from appliance.control.status import Snapshot
from appliance.web.account.visit import RefusedError, Visit
from appliance.web.dashboard.machine import Machine, Relay
from appliance.web.place import bare_host

NO_SUCH_APP = "There is no app of this name. It may have been taken out of the YAML."

FOR_ADMINISTRATORS = (
    "For administrators",
    "Only administrators can open this page. If you need it, ask who looks after the appliance.",
)

NO_RELAY = "Sharing is switched off: put `share: {}` into the YAML."


@dataclass(frozen=True)
class Caller:
    visit: Visit
    machine: Machine
    now: Snapshot

    @property
    def config(self) -> Config:
        return self.now.config

    @property
    def administers(self) -> bool:
        """An administrator; where nobody can sign in, everybody who reaches the loopback."""
        if not guards(self.config):
            return not self.config.public
        person = self.visit.person
        return person is not None and person.admin

    @property
    def known(self) -> bool:
        """Whether it is clear who he is, or there is nobody to be."""
        return not guards(self.config) or self.visit.session is not None

    @property
    def app(self) -> str:
        """The app that the page is about. Raises `RefusedError` if there is none."""
        name = str(self.visit.request.path_params["app"])
        if name not in self.config.apps:
            raise RefusedError(404, "No such app", NO_SUCH_APP)
        return name

    @property
    def relay(self) -> Relay:
        """Raises `RefusedError` where there is none."""
        if self.machine.relay is None or self.config.share is None:
            raise RefusedError(404, "Nothing is shared", NO_RELAY)
        return self.machine.relay

    def still_administers(self) -> bool:
        """For streams, which may outlast a session; does not prolong it."""
        visit, config = self.visit, self.visit.parts.config()
        if not guards(config):
            return visit.session is None
        session, person = visit.session, visit.person
        if session is None or person is None:
            return False
        return person.admin and not person.disabled and visit.parts.door.sessions.lives(session)

    def audit(self, kind: str, subject: str = "", app: str = "", detail: str = "") -> None:
        self.visit.audit_as(kind, subject=subject, app=app, detail=detail)


def offered(config: Config, request: Request) -> bool:
    """Whether there is a dashboard: names below the share domain belong to what is shared."""
    shares = share_domain(config)
    host = bare_host(request.headers.get("host", ""))
    return shares is None or not host.endswith(f".{shares}")
