"""Passkeys and security keys (WebAuthn), as a second factor and instead of a password."""

import hmac
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields

import webauthn
from sqlalchemy import Engine, RowMapping, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from appliance.auth import tables
from appliance.auth.failures import AuthError
from appliance.auth.keys import Keys
from appliance.auth.people.person import Person
from appliance.auth.secrets import Clock

MOST_OF_A_PERSON = 20
_LONGEST_ANSWER = 32_000
"""Characters of what a browser answers; without attestation a few hundred are enough."""
_TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)


class PasskeyRefusedError(AuthError):
    """What the browser answered proves nothing. The reason is for the audit."""

    code = "passkey-refused"

    def __init__(self, reason: str, known: int | None = None) -> None:
        self.reason = reason
        self.person = known
        """Whose passkey it claims to be."""
        super().__init__("That passkey could not be checked. Try again, or use another way.")


@dataclass(frozen=True, slots=True)
class Site:
    """The page that passkeys are for."""

    id: str
    """Host name without a port, the relying party's id; a passkey is worth nothing elsewhere."""
    origin: str
    """The one origin whose answers count: apps on hosts below this one are others."""
    title: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks the browser."""

    options: str
    """JSON for `navigator.credentials`."""
    challenge: bytes = field(repr=False)
    """Kept until the answer comes; good for one."""


@dataclass(frozen=True, slots=True)
class Passkey:
    credential: bytes
    person: int
    label: str
    backed_up: bool
    created: float
    last_used: float | None

    @property
    def id(self) -> str:
        return self.credential.hex()


@dataclass(frozen=True, slots=True)
class Proven:
    """Whose passkey answered."""

    person: int
    verified: bool
    """Whether the device also asked who holds it (finger, face, PIN): two factors in one."""


class Passkeys:
    """All of them. Every method asks the database: use a thread."""

    def __init__(self, engine: Engine, keys: Keys, clock: Clock) -> None:
        self._engine = engine
        self._keys = keys
        self._clock = clock

    def of(self, person: int) -> list[Passkey]:
        """The oldest first."""
        return [_passkey(row) for row in self._rows(person)]

    def ask_new(self, person: Person, site: Site) -> Question:
        """For a new passkey, on a device that has none of the person's yet."""
        options = webauthn.generate_registration_options(
            rp_id=site.id,
            rp_name=site.title,
            user_id=self._handle(person.id),
            user_name=person.name,
            user_display_name=person.shown,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_descriptors(self._rows(person.id)),
        )
        return Question(webauthn.options_to_json(options), options.challenge)

    def add(self, person: Person, site: Site, challenge: bytes, answer: str, label: str) -> Passkey:
        """Keep the passkey a browser made. Raises `PasskeyRefusedError`."""
        if len(self._rows(person.id)) >= MOST_OF_A_PERSON:
            raise PasskeyRefusedError("too many", person.id)
        if len(answer) > _LONGEST_ANSWER:
            raise PasskeyRefusedError("too long", person.id)
        try:
            credential = parse_registration_credential_json(answer)
            verified = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.id,
                expected_origin=site.origin,
            )
        except Exception as error:  # noqa: BLE001 the library lets its decoders' errors through
            raise PasskeyRefusedError(_reason(error), person.id) from None
        transports = credential.response.transports or ()
        passkey = Passkey(
            credential=verified.credential_id,
            person=person.id,
            label=label,
            backed_up=verified.credential_backed_up,
            created=self._clock(),
            last_used=None,
        )
        row = {
            **asdict(passkey),
            "public_key": verified.credential_public_key,
            "sign_count": verified.sign_count,
            "transports": " ".join(t.value for t in transports if t.value in _TRANSPORTS),
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(tables.passkeys).values(row))
        except IntegrityError:
            raise PasskeyRefusedError("known already", person.id) from None
        return passkey

    def ask(self, site: Site, person: int | None = None) -> Question:
        """For a proof: with one of the person's passkeys, or with any that tells who it is.

        Without a name and a password before it, the device must verify who holds it.
        """
        options = webauthn.generate_authentication_options(
            rp_id=site.id,
            allow_credentials=_descriptors(self._rows(person)) if person is not None else None,
            user_verification=UserVerificationRequirement.REQUIRED
            if person is None
            else UserVerificationRequirement.PREFERRED,
        )
        return Question(webauthn.options_to_json(options), options.challenge)

    def prove(self, site: Site, challenge: bytes, answer: str, person: int | None = None) -> Proven:
        """Who answered; `person`: who it must be. Raises `PasskeyRefusedError`."""
        if len(answer) > _LONGEST_ANSWER:
            raise PasskeyRefusedError("too long", person)
        try:
            credential = parse_authentication_credential_json(answer)
        except Exception as error:  # noqa: BLE001 the same
            raise PasskeyRefusedError(_reason(error), person) from None
        row = self._row(credential.raw_id)
        if row is None or person not in (None, row["person"]):
            raise PasskeyRefusedError("unknown passkey", person)
        owner = row["person"]
        handle = credential.response.user_handle
        if handle is not None and not hmac.compare_digest(handle, self._handle(owner)):
            raise PasskeyRefusedError("made for somebody else", owner)
        try:
            verified = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=site.id,
                expected_origin=site.origin,
                credential_public_key=row["public_key"],
                credential_current_sign_count=row["sign_count"],
                require_user_verification=person is None,
            )
        except Exception as error:  # noqa: BLE001 the same
            raise PasskeyRefusedError(_reason(error), owner) from None
        self._used(row, verified.new_sign_count)
        return Proven(owner, verified.user_verified)

    def remove(self, person: int, passkey: str) -> Passkey | None:
        """By its `id`; None if the person has no such passkey."""
        found = next((known for known in self.of(person) if known.id == passkey), None)
        if found is not None:
            table = tables.passkeys
            with self._engine.begin() as connection:
                mine = (table.c.credential == found.credential) & (table.c.person == person)
                connection.execute(delete(table).where(mine))
        return found

    def remove_all(self, person: int) -> None:
        table = tables.passkeys
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.person == person))

    def _used(self, row: RowMapping, count: int) -> None:
        table = tables.passkeys
        # The count that was checked must still be there: of two answers at once one counts.
        mine = (table.c.credential == row["credential"]) & (table.c.sign_count == row["sign_count"])
        with self._engine.begin() as connection:
            query = update(table).where(mine).values(sign_count=count, last_used=self._clock())
            if connection.execute(query).rowcount != 1:
                raise PasskeyRefusedError("used twice at once", row["person"])

    def _rows(self, person: int) -> list[RowMapping]:
        table = tables.passkeys
        query = select(table).where(table.c.person == person).order_by(table.c.created)
        with self._engine.connect() as connection:
            return list(connection.execute(query).mappings())

    def _row(self, credential: bytes) -> RowMapping | None:
        table = tables.passkeys
        with self._engine.connect() as connection:
            query = select(table).where(table.c.credential == credential)
            return connection.execute(query).mappings().one_or_none()

    def _handle(self, person: int) -> bytes:
        """What a device keeps instead of a name: it tells nobody who it is."""
        return hmac.digest(self._keys.forms, f"passkey {person}".encode(), "sha256")


_SHOWN = tuple(field.name for field in fields(Passkey))


def _passkey(row: RowMapping) -> Passkey:
    return Passkey(**{key: row[key] for key in _SHOWN})


def _descriptors(rows: Iterable[RowMapping]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=row["credential"],
            transports=[AuthenticatorTransport(text) for text in row["transports"].split()],
        )
        for row in rows
    ]


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
