"""Passwords that the operator has put on all links of a key."""

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"


def upgrade() -> None:
    op.add_column("keys", sa.Column("password", sa.LargeBinary))
