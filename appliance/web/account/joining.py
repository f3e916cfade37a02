"""One-time links: the first administrator, an invitation, a new password."""

from fastapi.responses import Response

from appliance.auth.failures import (
    AuthError,
    BurnedLinkError,
    NameTakenError,
    WeakPasswordError,
)
from appliance.auth.people.links import Kind, Link
from appliance.auth.people.naming import written_name
from appliance.auth.people.person import NewPerson, Person
from appliance.config.access import named
from appliance.web.account.arriving import proceed
from appliance.web.account.showing import show
from appliance.web.account.visit import RefusedError, Visit


def form(visit: Visit) -> Response:
    return _form(visit, _link(visit))


def join(visit: Visit) -> Response:
    link = _link(visit)
    try:
        if visit.field("password") != visit.field("repeated"):
            raise WeakPasswordError("The two passwords are not the same.")
        with visit.parts.door.links.using(_secret(visit)) as used:
            person = _reset(visit, used) if used.kind is Kind.RESET else _create(visit, used)
    except BurnedLinkError:
        raise
    except AuthError as error:
        return _form(visit, link, error)
    return proceed(visit, person, ("password",), "/")


def _create(visit: Visit, link: Link) -> Person:
    told, name = link.invitation, written_name(visit.field("name"))
    # Names are chosen by whoever is invited, and rules go by names. What one opens is given by
    # whoever invites; the first administrator has nobody above him.
    invited = link.kind is Kind.SETUP or name == told.name.strip().lower()
    if not invited and name in named(visit.config):
        raise NameTakenError(f"The name {name!r} is taken.")
    person = visit.parts.door.people.create(
        NewPerson(
            name=name,
            password=visit.field("password"),
            full_name=visit.field("full_name"),
            email=told.email or None,
            groups=told.groups,
            admin=told.admin,
        )
    )
    visit.audit("person.created", person, f"{link.kind} link of {link.created_by or 'the start'}")
    return person


def _reset(visit: Visit, link: Link) -> Person:
    door = visit.parts.door
    person = _of(visit, link)
    changed = door.people.set_password(person.name, visit.field("password"))
    door.sessions.end_all(person.id)
    visit.audit("password.changed", changed, f"link of {link.created_by}")
    return changed


def _of(visit: Visit, link: Link) -> Person:
    person = visit.parts.door.people.by_id(link.person) if link.person is not None else None
    if person is None or person.disabled:
        raise BurnedLinkError
    return person


def _secret(visit: Visit) -> str:
    return str(visit.request.path_params["secret"])


def _link(visit: Visit) -> Link:
    """Raises `RefusedError` for one that is worth nothing any more."""
    try:
        return _good(visit, visit.parts.door.links.look(_secret(visit)))
    except BurnedLinkError as error:
        raise RefusedError(410, "This link is used up", str(error)) from None


def _good(visit: Visit, link: Link) -> Link:
    """Raises `BurnedLinkError`."""
    # A set-up link must not make a second owner of a machine that has one.
    if link.kind is Kind.SETUP and visit.parts.door.people.has_admin:
        raise BurnedLinkError
    if link.kind is Kind.RESET:
        _of(visit, link)
    return link


def _form(visit: Visit, link: Link, error: AuthError | None = None) -> Response:
    person = _of(visit, link) if link.kind is Kind.RESET else None
    return show(
        visit,
        "join",
        error=error,
        wrong=_wrong(error),
        kind=link.kind.value,
        invitation=link.invitation,
        person=person,
        name=visit.field("name")[:64] or link.invitation.name,
        full_name=visit.field("full_name")[:200],
    )


def _wrong(error: AuthError | None) -> str:
    """The field at which somebody goes on."""
    if error is None:
        return ""
    return "password" if isinstance(error, WeakPasswordError) else "name"
