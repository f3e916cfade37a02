"""What may be done about people, links and tokens; each deed is noted in the audit.

The command line and the dashboard do the same. All methods ask the database: use a thread.
"""

from dataclasses import asdict, dataclass

from appliance.auth.audit import Event
from appliance.auth.door import Door
from appliance.auth.failures import BurnedLinkError
from appliance.auth.people.links import Invitation
from appliance.auth.people.person import Change, NewPerson, Person
from appliance.auth.second_factor.factors import factors
from appliance.auth.tokens.token import Caveats, Issued, Token


@dataclass(frozen=True)
class Administration:
    """One administrator at work. Methods raise the errors of `appliance.auth.failures`."""

    door: Door
    actor: str
    """For the audit: a person's name, or `cli`."""
    address: str = ""

    def create(self, new: NewPerson) -> Person:
        person = self.door.people.create(new)
        self._note("person.created", person.name)
        return person

    def change(self, name: str, change: Change) -> Person:
        """Somebody who is disabled is signed out everywhere."""
        person = self.door.people.change(name, change)
        if person.disabled:
            self.door.sessions.end_all(person.id)
        told = (key for key, value in asdict(change).items() if value is not None)
        changed = ", ".join(key for key in told if key != "email_verified")
        self._note("person.changed", person.name, changed)
        return person

    def remove(self, name: str) -> Person:
        """For good, with sessions and tokens."""
        person = self.door.people.named(name)
        for gone in self.door.people.remove(name):
            self.door.sessions.end_all(gone)
            self.door.tokens.revoke_all(gone)
        self._note("person.removed", person.name)
        return person

    def sign_out(self, name: str) -> int:
        """Everywhere; the number of sessions that ended."""
        person = self.door.people.named(name)
        ended = self.door.sessions.end_all(person.id)
        self._note("sessions.ended", person.name, str(ended))
        return ended

    def unlock(self, name: str) -> Person:
        """After too many failed attempts."""
        person = self.door.people.named(name)
        self.door.throttle.forgive(person.name)
        self.door.lockouts.forget()
        self._note("person.unlocked", person.name)
        return person

    def forget_factors(self, name: str) -> Person:
        """For somebody who has lost them; he is signed out everywhere."""
        person = self.door.people.named(name)
        factors(self.door.engine, self.door.keys, self.door.clock).remove_all(person.id)
        self.door.sessions.end_all(person.id)
        self._note("factors.forgotten", person.name)
        return person

    def invite(self, invitation: Invitation) -> str:
        """Secret of a link by which somebody makes his own account."""
        secret = self.door.links.invite(invitation, self.actor)
        self._note("link.invitation", invitation.name)
        return secret

    def reset(self, name: str) -> str:
        """Secret of a link for a new password."""
        person = self.door.people.password_holder(name)
        secret = self.door.links.reset(person, self.actor)
        self._note("link.reset", person.name)
        return secret

    def setup(self) -> str:
        """Secret of the link for the first administrator."""
        secret = self.door.links.setup()
        self._note("link.setup", "")
        return secret

    def withdraw(self, digest: str) -> None:
        """Make a link worth nothing; `digest` as `Links.open` has it, in hex.

        Raises `BurnedLinkError` if it is so already.
        """
        found = [link for link in self.door.links.open() if link.digest.hex() == digest]
        if not found:
            raise BurnedLinkError
        self.door.links.revoke(found[0])
        self._note("link.withdrawn", found[0].invitation.name, found[0].kind.value)

    def create_token(self, person: Person, label: str, caveats: Caveats) -> Issued:
        issued = self.door.tokens.create(person.id, label, caveats)
        self._note("token.created", person.name, issued.token.id)
        return issued

    def revoke_token(self, token: str) -> tuple[Token, str]:
        """With the sessions that were made with it; the token and whose it was."""
        revoked = self.door.tokens.revoke(token)
        self.door.sessions.end_of_token(revoked.id)
        found = self.door.people.by_id(revoked.person)
        owner = found.name if found else ""
        self._note("token.revoked", owner, revoked.id)
        return revoked, owner

    def _note(self, kind: str, subject: str, detail: str = "") -> None:
        event = Event(kind, self.actor, subject, address=self.address, detail=detail)
        self.door.audit.write(event)
