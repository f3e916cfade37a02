"""The second factors of one person, and whether one is needed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from sqlalchemy import Engine

from appliance.auth.keys import Keys
from appliance.auth.people.person import Person
from appliance.auth.second_factor.passkeys import Passkeys
from appliance.auth.second_factor.recovery import RecoveryCodes
from appliance.auth.second_factor.totp import Totp
from appliance.auth.secrets import Clock


class Demand(IntEnum):
    """From the mildest to the strictest."""

    OFF = 0
    """Nobody is asked for one, nor offered to set one up."""
    OPTIONAL = 1
    """Who has set one up is asked for it."""
    REQUIRED = 2
    """Who has none sets one up before signing in."""


@dataclass(frozen=True, slots=True)
class Demands:
    """From the YAML (`auth.second_factor`)."""

    everyone: Demand = Demand.OPTIONAL
    admins: Demand | None = None
    groups: Mapping[str, Demand] = field(default_factory=dict)

    def of(self, person: Person) -> Demand:
        """The strictest of those that are about the person."""
        about = [self.everyone, *(self.groups[g] for g in person.groups if g in self.groups)]
        if person.admin and self.admins is not None:
            about.append(self.admins)
        return max(about)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What somebody has set up."""

    totp: bool
    passkeys: int
    recovery_codes: int
    """Those not used yet; they stand in for the others and are no factor of their own."""

    @property
    def any(self) -> bool:
        return self.totp or self.passkeys > 0


class Step(IntEnum):
    """What follows a password, or a provider's word."""

    DONE = 0
    PROVE = 1
    """A second factor."""
    ENROL = 2
    """Set one up first."""


def next_step(demand: Demand, enrolled: Enrolled) -> Step:
    if demand is Demand.OFF:
        return Step.DONE
    if enrolled.any:
        return Step.PROVE
    return Step.ENROL if demand is Demand.REQUIRED else Step.DONE


@dataclass(frozen=True)
class Factors:
    totp: Totp
    passkeys: Passkeys
    recovery: RecoveryCodes

    def of(self, person: int) -> Enrolled:
        return Enrolled(
            totp=self.totp.enrolled(person),
            passkeys=len(self.passkeys.of(person)),
            recovery_codes=self.recovery.left(person),
        )

    def remove_all(self, person: int) -> None:
        """For somebody who has lost all of them; an administrator's act."""
        self.totp.remove(person)
        self.passkeys.remove_all(person)
        self.recovery.remove(person)


def factors(engine: Engine, keys: Keys, clock: Clock) -> Factors:
    return Factors(
        Totp(engine, keys, clock), Passkeys(engine, keys, clock), RecoveryCodes(engine, clock)
    )
