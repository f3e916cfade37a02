"""The relay's tables; `appliance.store.migrations.relay` brings a file to this shape."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

metadata = MetaData()

shares = Table(
    "shares",
    metadata,
    Column("name", String, primary_key=True),
    Column("labels", JSON, nullable=False),
    Column("locations", JSON, nullable=False),
    Column("owner", String, nullable=False),
    Column("key", String),
    Column("readable", Boolean, nullable=False),
    Column("client", String, nullable=False),
    Column("address", String, nullable=False),
    Column("since", Float, nullable=False),
    Column("expires", Float),
    Column("seen", Float, nullable=False),
    Column("gone_why", String),
    Column("gone_at", Float),
    Column("requests", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("day_start", BigInteger, nullable=False),
    Column("sealed", LargeBinary),
)

keys = Table(
    "keys",
    metadata,
    Column("name", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("label_digest", LargeBinary, nullable=False),
    Column("made", Float, nullable=False),
    Column("revoked", Float),
    Column("used", Float),
    Column("shares", Integer),
    Column("lifetime", Float),
    Column("forever", Boolean, nullable=False),
    Column("requests", Float),
    Column("traffic", BigInteger),
    Column("total_requests", Float),
    Column("total_traffic", BigInteger),
    Column("connections", Integer),
    Column("password", LargeBinary),
)
