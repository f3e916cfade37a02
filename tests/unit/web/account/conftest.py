"""The account's pages on a real database, in tabs without a network."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from fastapi import FastAPI

from appliance.auth.door import Door, open_door
from appliance.auth.people import NewPerson, Person
from appliance.auth.second_factor.factors import Factors, factors
from appliance.config.schema import Config
from appliance.control.guarding import routers, rules
from tests.running.tab import Tab
from tests.unit.auth.clock import HASHER, Hands

PASSWORD = "correct horse battery"


class House:
    """One appliance's front door; `yaml` may change while it is open."""

    def __init__(self, folder: Path) -> None:
        self.hands = Hands()
        self.config = Config.model_validate({"auth": {}})
        self.door: Door = open_door(folder, lambda: rules(self.config), self.hands, HASHER)
        self.factors: Factors = factors(self.door.engine, self.door.keys, self.door.clock)
        self.app = FastAPI()
        for router in routers(self.door, lambda: self.config, folder):
            self.app.include_router(router)

    def yaml(self, **keys: Any) -> None:
        self.config = Config.model_validate({"auth": {}, **keys})

    def tab(self, origin: str = "http://localhost:8080") -> Tab:
        return Tab(self.app, origin)

    def person(self, name: str = "ada", password: str | None = PASSWORD, **more: Any) -> Person:
        return self.door.people.create(NewPerson(name, password, **more))

    def events(self) -> list[str]:
        return [event.kind for event in self.door.audit.read()]

    def signed_in(self, name: str = "ada", password: str = PASSWORD) -> Tab:
        tab = self.tab()
        tab.open("/-/sign-in?to=/-/account")
        tab.submit("/-/sign-in", name=name, password=password)
        assert tab.url == "/-/account"
        return tab

    def authenticator(self, person: Person) -> Callable[[], str]:
        """Sets one up; answers what it shows, a new code each time."""
        made = self.factors.totp.enrolment(person, "Test")
        totp = pyotp.TOTP(made.secret)
        assert self.factors.totp.confirm(person.id, made.secret, totp.at(int(self.hands())))

        def code() -> str:
            self.hands.now += 30
            return totp.at(int(self.hands()))

        return code


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.door.engine.dispose()
