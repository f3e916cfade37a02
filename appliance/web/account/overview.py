"""The account of whoever is signed in, on one page."""

from fastapi.responses import Response

from appliance.auth.people.person import Person
from appliance.auth.second_factor.factors import Demand
from appliance.auth.sessions.session import Session
from appliance.auth.tokens.token import Token
from appliance.web.account.browsers import browser_name
from appliance.web.account.showing import day, moment, show
from appliance.web.account.visit import Visit

_DONE = {
    "password": "Your password is changed. Everywhere else you are signed out.",
    "authenticator": "Your authenticator app is set up.",
    "authenticator-removed": "Your authenticator app is not asked for any more.",
    "passkey": "Your passkey is set up.",
    "passkey-removed": "The passkey is worth nothing here any more.",
    "token-revoked": "The token is worth nothing any more.",
    "session-ended": "That session is over.",
    "others-ended": "Everywhere else you are signed out.",
    "connected": "The accounts are connected.",
    "disconnected": "The accounts are not connected any more.",
}


def form(visit: Visit) -> Response:
    session, person = visit.signed_in
    parts, door = visit.parts, visit.parts.door
    demand = visit.demand(person)
    titles = dict(parts.providers.shown(visit.config))
    linked = {identity.provider: identity for identity in door.identities.of(person.id)}
    return show(
        visit,
        "account",
        done=_DONE.get(visit.field("done"), ""),
        person=person,
        groups=sorted(person.groups),
        factors_offered=demand is not Demand.OFF,
        required=demand is Demand.REQUIRED,
        enrolled=parts.factors.of(person.id),
        passkeys=[
            {
                "id": passkey.id,
                "label": passkey.label,
                "created": day(passkey.created),
                "last_used": day(passkey.last_used),
            }
            for passkey in parts.factors.passkeys.of(person.id)
        ],
        passkeys_here=visit.site is not None,
        providers=[
            {
                "name": name,
                "title": titles.get(name, name),
                "email": linked[name].email if name in linked else None,
                "connected": name in linked,
            }
            for name in dict.fromkeys((*titles, *linked))
        ],
        tokens=[token_row(token, door.clock()) for token in door.tokens.of(person.id)],
        sessions=[_session(found, session) for found in _families(visit, person)],
    )


def _families(visit: Visit, person: Person) -> list[Session]:
    """One for each signing-in, the newest first, whatever hosts it was handed to."""
    newest: dict[str, Session] = {}
    for session in visit.parts.door.sessions.of(person.id):
        if session.token is None:
            newest.setdefault(session.family, session)
    return list(newest.values())


def _session(session: Session, this: Session) -> dict[str, object]:
    return {
        "family": session.family,
        "browser": browser_name(session.browser),
        "address": session.address,
        "created": moment(session.created),
        "last_used": moment(session.last_used),
        "this": session.family == this.family,
    }


def token_row(token: Token, now: float) -> dict[str, object]:
    """What a page tells of a token; never its secret, which is kept nowhere."""
    caveats = token.caveats
    limits = []
    if caveats.apps:
        limits.append("for " + ", ".join(caveats.apps))
    if caveats.uses:
        limits.append("to " + " and ".join(caveats.uses))
    if caveats.origin:
        limits.append("on " + caveats.origin)
    if caveats.networks:
        limits.append("from " + ", ".join(caveats.networks))
    return {
        "id": token.id,
        "label": token.label,
        "limits": "; ".join(limits) or "everything you may do",
        "created": day(token.created),
        "last_used": day(token.last_used),
        "until": day(caveats.until) if caveats.until is not None else "",
        "over": caveats.until is not None and caveats.until <= now,
    }
