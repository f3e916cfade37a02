"""Requests to our own pages: who makes them, and what is answered to all of them."""

from fastapi import Request
from fastapi.responses import Response

from appliance.auth.browsers import cookies
from appliance.auth.door import Door
from appliance.auth.forward.asked import bare
from appliance.auth.sessions.session import Session, Visitor
from appliance.config.addresses import secure
from appliance.config.schema import Config


def current(door: Door, request: Request, config: Config) -> Session | None:
    """The session of a request to one of our own pages, of somebody who may still sign in."""
    secret = cookie(request, cookies.SESSION, config)
    session = door.sessions.find(secret, host_of(request)) if secret else None
    person = door.people.by_id(session.person) if session else None
    return session if person is not None and not person.disabled else None


def visitor(request: Request) -> Visitor:
    """The browser and address of a request to one of our own pages."""
    forwarded = request.headers.get("x-forwarded-for", "")
    return Visitor(
        browser=request.headers.get("user-agent", ""),
        address=forwarded.rsplit(",", 1)[-1].strip(),
    )


def host_of(request: Request) -> str:
    """The host of a request as sessions know it."""
    return bare(request.headers.get("host", ""))


def session_cookie(secret: str, door: Door, config: Config) -> str:
    """A Set-Cookie header for a new session."""
    return cookies.put(
        cookies.SESSION, secret, secure=secure(config), life=door.sessions.longest_life
    )


def cookie(request: Request, what: str, config: Config) -> str | None:
    """The value of one of our cookies."""
    header = "; ".join(request.headers.getlist("cookie"))
    return cookies.value(header.encode("latin-1"), what, secure=secure(config))


def unkept(response: Response) -> Response:
    """The answer, kept by no cache and told to no other site."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
