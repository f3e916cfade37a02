"""From the first proof to a session: what else is needed, and where it ends."""

from fastapi.responses import Response

from appliance.auth.people.person import Person
from appliance.auth.second_factor.factors import Demand, Step, next_step
from appliance.auth.secrets import digest
from appliance.auth.signing_in.attempts import Attempts
from appliance.auth.visiting import cookie, host_of
from appliance.web.account.parts import LIFE, Pending
from appliance.web.account.places import ENROL, SECOND_STEP
from appliance.web.account.visit import STEP, RefusedError, Visit

_SLIPS = 2
"""Failed attempts from where the person is now that need no telling."""


def proceed(  # noqa: PLR0913 - all of it is about the one proof
    visit: Visit,
    person: Person,
    methods: tuple[str, ...],
    to: str,
    *,
    complete: bool = False,
    confirmed: float | None = None,
) -> Response:
    """After a password, a link or a provider's word; `complete`: it was two factors in one.

    `confirmed`: when the proof was given, in Unix seconds, if not now.
    """
    parts = visit.parts
    if not complete and visit.demand(person) is not Demand.OFF:
        step = next_step(visit.demand(person), parts.factors.of(person.id))
        if step is not Step.DONE:
            turn = parts.door.sessions.turn(person.id)
            secret = parts.pending.put(Pending(person.id, methods, to, visit.mark, turn))
            visit.put_cookie(STEP, secret, LIFE)
            return visit.go(SECOND_STEP if step is Step.PROVE else ENROL)
    return arrive(visit, person, methods, to, confirmed)


def arrive(
    visit: Visit,
    person: Person,
    methods: tuple[str, ...],
    to: str,
    confirmed: float | None = None,
) -> Response:
    """Every proof is there: a session of its own, whatever this browser had before."""
    door = visit.parts.door
    if visit.session is not None:
        door.sessions.end(visit.session)
    door.signing_in.succeeded(person, visit.address, methods)
    signed = door.sessions.start(
        person.id, host_of(visit.request), methods, visit.visitor, confirmed=confirmed
    )
    visit.keep_session(signed.secret)
    visit.drop_cookie(STEP)
    attempts = door.attempts.take(person.id)
    notice = visit.parts.notices.put(attempts) if attempts and _odd(attempts, visit) else ""
    return visit.leave(to, **({"notice": notice} if notice else {}))


def _odd(attempts: Attempts, visit: Visit) -> bool:
    """Whether it was more than the person's own slip of a moment ago."""
    return attempts.count > _SLIPS or attempts.last_address != visit.address


def pending(visit: Visit) -> tuple[Pending, Person]:
    """Of a half-done signing-in. Raises `RefusedError` if there is none any more."""
    found = visit.parts.pending.look(cookie(visit.request, STEP, visit.config) or "")
    if found is not None and found.browser == digest(visit.browser):
        person = visit.parts.door.people.by_id(found.person)
        same = found.turn == visit.parts.door.sessions.turn(found.person)
        if person is not None and not person.disabled and same:
            return found, person
    raise RefusedError(403, "Signing in took too long", "Begin again with your password.")


def forget_pending(visit: Visit) -> None:
    visit.parts.pending.take(cookie(visit.request, STEP, visit.config) or "")
