"""What keys may have at most, beside the number of shares, their life and requests to each."""

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"


def upgrade() -> None:
    op.add_column("keys", sa.Column("traffic", sa.BigInteger))
    op.add_column("keys", sa.Column("total_requests", sa.Float))
    op.add_column("keys", sa.Column("total_traffic", sa.BigInteger))
    op.add_column("keys", sa.Column("connections", sa.Integer))
