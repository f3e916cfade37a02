"""What the control process's database holds about people. All times are Unix seconds.

Passwords are argon2id; every other secret is 80 random bits or more, of which only the SHA-256 is
kept. Changes need a migration in `appliance/store/migrations/control/`.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("full_name", String(200), nullable=False),
    Column("email", String(254), nullable=True, unique=True),
    Column("email_verified", Boolean, nullable=False),
    # Of somebody the YAML names, the one there, to notice that it is another one.
    Column("password_hash", String(300), nullable=True),
    Column("password_changed", Float, nullable=True),
    Column("admin", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    # Made for somebody the YAML names; worthless once the YAML names him no more.
    Column("from_yaml", Boolean, nullable=False),
    Column("created", Float, nullable=False),
)

set_aside = Table(
    "set_aside",
    metadata,
    # Does not count while another account has the name (`appliance.auth.people.declaring`).
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(64), nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("group", String(64), primary_key=True),
)

totp_secrets = Table(
    "totp_secrets",
    metadata,
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    # Sealed by `appliance.auth.keys`: a copy of the database alone signs nobody in.
    Column("sealed", LargeBinary, nullable=False),
    Column("confirmed", Float, nullable=True),
    Column("last_step", Integer, nullable=True),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("credential", LargeBinary, primary_key=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("transports", String(200), nullable=False),
    Column("label", String(64), nullable=False),
    Column("backed_up", Boolean, nullable=False),
    Column("created", Float, nullable=False),
    Column("last_used", Float, nullable=True),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("used", Float, nullable=True),
)

external_identities = Table(
    "external_identities",
    metadata,
    Column("provider", String(64), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("email", String(254), nullable=True),
    Column("created", Float, nullable=False),
    Column("last_used", Float, nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    # One signing-in; all hosts it was handed to share it.
    Column("family", String(32), nullable=False, index=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("host", String(253), nullable=False),
    Column("methods", String(100), nullable=False),
    Column("token", ForeignKey("tokens.id", ondelete="CASCADE"), nullable=True),
    Column("browser", String(200), nullable=False),
    Column("address", String(45), nullable=False),
    Column("created", Float, nullable=False),
    Column("confirmed", Float, nullable=False),
    Column("last_used", Float, nullable=False),
    # Of an app in somebody else's page: its name, and the origin of the pages. Else empty.
    Column("app", String(64), nullable=False, server_default=""),
    Column("site", String(300), nullable=False, server_default=""),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", String(64), nullable=False),
    # JSON of `appliance.auth.tokens.token.Caveats`.
    Column("caveats", Text, nullable=False),
    Column("created", Float, nullable=False),
    Column("last_used", Float, nullable=True),
)

links = Table(
    "links",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), nullable=True),
    # JSON of `appliance.auth.people.links.Invitation`.
    Column("invitation", Text, nullable=True),
    Column("created_by", String(64), nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
    Column("used", Float, nullable=True),
)

failed_attempts = Table(
    "failed_attempts",
    metadata,
    # What a person is told at the next signing-in.
    Column("person", ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last", Float, nullable=False),
    Column("last_address", String(45), nullable=False),
)

lockouts = Table(
    "lockouts",
    metadata,
    # Digests: what a stranger typed as a name may be his password.
    Column("key", LargeBinary(32), primary_key=True),
    Column("until", Float, nullable=False),
    Column("times", Integer, nullable=False),
)

this_database = Table(
    "this_database",
    metadata,
    # One row, made with the tables; the data folder remembers it. A copy that is made with the
    # database's own tools is the same one.
    Column("id", String(32), primary_key=True),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("app", String(64), nullable=False),
    Column("address", String(45), nullable=False),
    Column("detail", String(500), nullable=False),
    Index("audit_at", "at"),
    Index("audit_kind_at", "kind", "at"),
)
