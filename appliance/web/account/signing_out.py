"""Ending sessions: this one, another one, all others."""

from fastapi.responses import Response

from appliance.auth.browsers import cookies
from appliance.auth.places import SIGN_IN
from appliance.web.account.places import ACCOUNT, SIGNED_OUT
from appliance.web.account.showing import show
from appliance.web.account.visit import Visit


def form(visit: Visit) -> Response:
    """A link may lead here; only the form signs out, so that no foreign page can."""
    if visit.session is None:
        return visit.go(SIGNED_OUT)
    return show(visit, "sign-out", person=visit.person)


def sign_out(visit: Visit) -> Response:
    session, person = visit.session, visit.person
    if session is not None and person is not None:
        if visit.field("everywhere"):
            visit.parts.door.sessions.end_all(person.id)
            visit.audit("signed-out", person, "everywhere")
        else:
            visit.parts.door.sessions.end(session)
            visit.audit("signed-out", person)
    visit.drop_cookie(cookies.SESSION)
    return visit.go(SIGNED_OUT)


def signed_out(visit: Visit) -> Response:
    if visit.session is not None:
        return visit.go(ACCOUNT)
    return show(visit, "signed-out", sign_in=SIGN_IN)


def end_session(visit: Visit) -> Response:
    session, person = visit.signed_in
    if visit.field("others"):
        visit.parts.door.sessions.end_all(person.id, except_family=session.family)
        visit.audit("sessions.ended", person, "all others")
        return visit.go(ACCOUNT, done="others-ended")
    if visit.field("family") == session.family:
        return sign_out(visit)
    visit.parts.door.sessions.end_family(person.id, visit.field("family"))
    visit.audit("sessions.ended", person, "one")
    return visit.go(ACCOUNT, done="session-ended")
