"""Who may see an app. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from appliance.auth.people.person import Person
from appliance.config.auth import Access, Members


class Ruling(StrEnum):
    ADMITTED = "admitted"
    SIGN_IN = "sign-in"
    """Nobody knows who it is."""
    FORBIDDEN = "forbidden"
    """It is known who it is, and that is not enough."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One `access` of the YAML, ready to be asked ten thousand times a second."""

    public: bool = False
    signed_in: bool = False
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def __call__(self, person: Person | None) -> Ruling:
        """Being an administrator opens no app: that is another right than looking after people."""
        if self.public:
            return Ruling.ADMITTED
        if person is None or person.disabled:
            return Ruling.SIGN_IN
        if self.signed_in or person.name in self.users or not self.groups.isdisjoint(person.groups):
            return Ruling.ADMITTED
        return Ruling.FORBIDDEN

    def reason(self, person: Person | None) -> str:
        """Why it rules so, one sentence for people."""
        if self.public:
            return "The app is public."
        if person is None or person.disabled:
            only = "Only people who are signed in may see the app."
            return f"{person.name} is disabled. {only}" if person else only
        if self.signed_in:
            return "Everybody who is signed in may see the app."
        if person.name in self.users:
            return f"{person.name} is one of its `users`."
        if shared := sorted(self.groups & person.groups):
            return f"{person.name} is in the group {shared[0]}."
        return f"{person.name} is none of its `users` and in none of its `groups`."


def rule(access: Access) -> Rule:
    if isinstance(access, Members):
        return Rule(users=frozenset(access.users), groups=frozenset(access.groups))
    return Rule(public=access == "public", signed_in=access == "signed-in")
