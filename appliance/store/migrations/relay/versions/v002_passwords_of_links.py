"""Passwords that the operator has put on links."""

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"


def upgrade() -> None:
    op.add_column("shares", sa.Column("sealed", sa.LargeBinary))
