"""The front door of one appliance with its pages, without apps behind it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp

from appliance.apps.model import AppStatus
from appliance.auth.door import Door, open_door
from appliance.auth.forward.guards import compiled
from appliance.auth.forward.visibility import Visibility
from appliance.auth.people.passwords import Passwords
from appliance.auth.people.person import NewPerson, Person
from appliance.auth.second_factor.factors import Factors, factors
from appliance.auth.secrets import Clock
from appliance.certs.status import CertificatesStatus
from appliance.config.schema import Config
from appliance.control.guarding import forward, rules
from appliance.control.status import ConfigStatus, RoutesStatus, Snapshot, Status
from appliance.visits.keeping import Visits
from appliance.visits.storage import Storage
from appliance.web import routers
from appliance.web.certificate import certificate_pages
from appliance.web.dashboard.machine import Relay
from appliance.web.greeting import greeter
from appliance.web.pages import pages
from appliance.web.thumbnails import thumbnails
from appliance.web.turned_away import TURNED_AWAY
from tests.running import statuses
from tests.running.clock import HASHER
from tests.running.machine import Noted, machine
from tests.running.tab import Tab

PASSWORD = "correct horse battery"


class House:
    """`config` may change while it is open. Its folder holds the keys and the database."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        relay: Relay | None = None,
        passwords: Passwords = HASHER,
        **yaml: Any,
    ) -> None:
        self.clock = clock
        self.noted = Noted()
        self.apps: tuple[AppStatus, ...] = ()
        self.certificates = CertificatesStatus()
        self.config_status = ConfigStatus(file="appliance.yaml", state="ok")
        self.config = _config(yaml)
        self.door: Door = open_door(folder, lambda: rules(self.config), clock, passwords)
        self.factors: Factors = factors(self.door.engine, self.door.keys, clock)
        self.forward = forward(self.door)
        self.yaml(**yaml)
        self.visits = Visits(Storage(self.door.engine), {}, self._keep, clock)
        steered = machine(self.snapshot, self.noted, relay, self.visits)
        self.app = pages(
            self.snapshot,
            (
                certificate_pages(self.snapshot, folder),
                *routers.account(self.door, lambda: self.config, folder),
                *routers.embedding(self.door, self.snapshot, Visibility(self.forward)),
                routers.dashboard(self.door, lambda: self.config, folder, steered),
                thumbnails(self.snapshot, self.noted.thumbnail, None),
            ),
            greet=greeter(self.door, lambda: self.config),
            mounted=routers.programs(self.door, self.forward, steered),
        )

    def yaml(self, **keys: Any) -> None:
        self.config = _config(keys)
        self.forward.guards = compiled(self.config, TURNED_AWAY)

    def _keep(self) -> timedelta | None:
        said = self.config.visits
        return None if said == "off" else said.keep

    def tab(self, origin: str = "http://localhost:8080") -> Tab:
        return Tab(self.app, origin)

    def person(self, name: str = "ada", password: str | None = PASSWORD, **more: Any) -> Person:
        return self.door.people.create(NewPerson(name, password, **more))

    def events(self) -> list[str]:
        return [event.kind for event in self.door.audit.read()]

    def signed_in(self, name: str = "ada") -> Tab:
        tab = self.tab()
        tab.open("/-/sign-in?to=/-/account")
        tab.submit("/-/sign-in", name=name, password=PASSWORD)
        assert tab.url == "/-/account"
        return tab

    def authenticator(self, person: Person) -> pyotp.TOTP:
        """Set one up."""
        made = self.factors.totp.enrolment(person, "Test")
        totp = pyotp.TOTP(made.secret)
        assert self.factors.totp.confirm(person.id, made.secret, totp.at(int(self.clock())))
        return totp

    def snapshot(self) -> Snapshot:
        status = Status(
            config=self.config_status,
            certificates=self.certificates,
            text="",
            ports={},
            routes=RoutesStatus(live=True),
            host=statuses.host(*self.apps),
        )
        return Snapshot(self.config, status)


def _config(keys: dict[str, Any]) -> Config:
    return Config.model_validate({"auth": {}, **keys})


def ticking(totp: pyotp.TOTP, hands: Any) -> Callable[[], str]:
    """A new code each time: time goes on."""

    def code() -> str:
        hands.now += 30
        return totp.at(int(hands()))

    return code
