"""Shares and keys."""

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "shares",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("locations", sa.JSON, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("key", sa.String),
        sa.Column("readable", sa.Boolean, nullable=False),
        sa.Column("client", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("expires", sa.Float),
        sa.Column("seen", sa.Float, nullable=False),
        sa.Column("gone_why", sa.String),
        sa.Column("gone_at", sa.Float),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("errors", sa.BigInteger, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("sent", sa.BigInteger, nullable=False),
        sa.Column("day", sa.Integer, nullable=False),
        sa.Column("day_start", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("label_digest", sa.LargeBinary, nullable=False),
        sa.Column("made", sa.Float, nullable=False),
        sa.Column("revoked", sa.Float),
        sa.Column("used", sa.Float),
        sa.Column("shares", sa.Integer),
        sa.Column("lifetime", sa.Float),
        sa.Column("forever", sa.Boolean, nullable=False),
        sa.Column("requests", sa.Float),
    )
