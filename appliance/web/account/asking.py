"""Questions to passkeys: each is for one person or for anybody, in one browser, for one answer."""

from appliance.auth.people.person import Person
from appliance.auth.second_factor.passkeys import Question
from appliance.web.account.visit import RefusedError, Visit

_KIND = "passkey"


def asked(visit: Visit, question: Question, person: Person | None) -> dict[str, str]:
    """For a form: the browser's options, and the question to come back with the answer."""
    told = {
        "challenge": question.challenge.hex(),
        "person": person.id if person else None,
        "browser": visit.mark.hex(),
    }
    return {"options": question.options, "question": visit.parts.sealed.put(_KIND, told)}


def challenge(visit: Visit, person: Person | None) -> bytes:
    """Of the question that the form answers. Raises `RefusedError`."""
    told = visit.parts.sealed.take(_KIND, visit.field("question"))
    who = person.id if person else None
    if told is None or told["person"] != who or told["browser"] != visit.mark.hex():
        raise RefusedError(403, "That took too long", "Begin again.")
    return bytes.fromhex(told["challenge"])
