"""The people of the YAML: what it changes about others, and what ends by that."""

from collections.abc import Mapping

from appliance.auth.audit import Event
from appliance.auth.door import Door
from appliance.auth.people.person import Declared


def declare(door: Door, users: Mapping[str, Declared], actor: str) -> None:
    """Take them up; asks the database: use a thread. `actor`: who did it, for the audit."""
    settled = door.people.declare(users)
    for person in settled.out:
        door.sessions.end_all(person)
    for one in door.people.everybody():
        # Who is let in again later has not stayed signed in meanwhile.
        if one.disabled:
            door.sessions.end_all(one.id)
    for name in settled.set_aside:
        detail = "for the one of the YAML: its sessions, tokens, second factors count no more"
        door.audit.write(Event("person.set-aside", actor, name, detail=detail))
    for name in settled.put_back:
        detail = "the account made here, as it was before the YAML named somebody so"
        door.audit.write(Event("person.put-back", actor, name, detail=detail))
