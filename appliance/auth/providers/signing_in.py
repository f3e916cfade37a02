"""From an account elsewhere to a person here."""

from appliance.auth.audit import Event
from appliance.auth.door import Door
from appliance.auth.failures import NameTakenError
from appliance.auth.people.person import Change, NewPerson, Person
from appliance.auth.providers.account import Account, admits, groups_here, name_here
from appliance.auth.providers.failures import (
    AddressTakenError,
    NotAdmittedError,
    NotConnectedError,
)
from appliance.config.providers import Provider


def person_of(door: Door, provider: Provider, account: Account, address: str) -> Person:
    """Who it is here: connected before, found by a verified address, or new, as the YAML allows.

    Raises `NotAdmittedError`, `NotConnectedError`, `AddressTakenError`.
    """
    title = provider.called(account.provider)
    if provider.allow is not None and not admits(provider.allow, account):
        raise NotAdmittedError(title, f"{_shown(account)} fulfils nothing under `allow`")
    known = door.identities.find(account.provider, account.subject)
    person = door.people.by_id(known.person) if known else None
    person = person or _by_email(door, provider, account, address)
    if person is None and known is not None:
        # Whose it is now decides the YAML, and it says nothing of this account.
        raise NotAdmittedError(title, f"{_shown(account)} is connected with somebody set aside")
    if person is None:
        if provider.allow is None:
            raise NotConnectedError(title)
        person = _new(door, provider, account, address)
    if person.disabled:
        raise NotAdmittedError(title, f"{person.name} may not sign in")
    return _grouped(door, provider, account, person)


def connect(door: Door, account: Account, person: Person, address: str) -> None:
    """Somebody who is signed in here has signed in there. Raises `NameTakenError`."""
    door.identities.link(account.provider, account.subject, person.id, account.email)
    _tell(door, "identity.connected", person, account, address)


def _by_email(door: Door, provider: Provider, account: Account, address: str) -> Person | None:
    email = account.verified_email
    if not provider.connect_by_email or email is None:
        return None
    person = door.people.by_email(email)
    if person is not None and not person.disabled:
        connect(door, account, person, address)
    return person


def _new(door: Door, provider: Provider, account: Account, address: str) -> Person:
    email = account.verified_email
    everybody = door.people.everybody()
    if email is not None and any(person.email == email for person in everybody):
        raise AddressTakenError(provider.called(account.provider))
    name = name_here(account, {person.name for person in everybody})
    try:
        person = door.people.create(
            NewPerson(
                name=name,
                full_name=account.full_name,
                email=email,
                email_verified=email is not None,
                groups=groups_here(provider, account, ()),
            )
        )
    except NameTakenError:
        # Somebody came a moment earlier; coming again finds another name.
        raise AddressTakenError(provider.called(account.provider)) from None
    _tell(door, "person.created", person, account, address)
    connect(door, account, person, address)
    return person


def _grouped(door: Door, provider: Provider, account: Account, person: Person) -> Person:
    groups = groups_here(provider, account, person.groups)
    if person.declared or not provider.groups or groups == person.groups:
        return person
    return door.people.change(person.name, Change(groups=groups))


def _tell(door: Door, kind: str, person: Person, account: Account, address: str) -> None:
    detail = f"{account.provider}: {_shown(account)}"
    door.audit.write(Event(kind, person.name, person.name, address=address, detail=detail))


def _shown(account: Account) -> str:
    return account.email or account.called or account.subject
