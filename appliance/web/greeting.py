"""Who a visitor of the overview is, and what of ours to lead him to."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from appliance.auth.door import Door
from appliance.auth.visiting import current
from appliance.config.access import guards
from appliance.config.schema import Config


@dataclass(frozen=True)
class Greeting:
    name: str = ""
    """Of the person who is signed in."""
    sign_in: bool = False
    """Whether there is somebody to become."""
    dashboard: bool = False
    administers: bool = False


Greeter = Callable[[Request], Greeting]


def greeter(door: Door, config: Callable[[], Config]) -> Greeter:
    """Asked about each request to the overview."""

    def greet(request: Request) -> Greeting:
        now = config()
        if not guards(now):
            # On loopback whoever comes looks after it; elsewhere nobody can show that he may.
            return Greeting(dashboard=not now.public)
        session = current(door, request, now)
        person = door.people.by_id(session.person) if session else None
        if session is None or person is None or session.token is not None:
            return Greeting(sign_in=True)
        return Greeting(name=person.shown, dashboard=True, administers=person.admin)

    return greet
