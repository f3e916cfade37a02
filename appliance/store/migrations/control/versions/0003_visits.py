"""Visits: numbers of hours and days, visitors and salts of the days that are not over."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_hours",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        *_numbers(),
        sa.PrimaryKeyConstraint("hour", "kind", "name", "source"),
    )
    op.create_table(
        "visit_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
        *_numbers(),
        sa.PrimaryKeyConstraint("day", "kind", "name"),
    )
    op.create_table(
        "visit_visitors",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=253), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "name"),
    )
    op.create_table(
        "visit_salts",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )


def _numbers() -> list[sa.Column[object]]:
    plain = ("requests", "predictions", "refused", "failed", "received", "sent")
    columns: list[sa.Column[object]] = [
        sa.Column(name, sa.BigInteger(), nullable=False) for name in plain
    ]
    columns += [
        sa.Column(name, sa.JSON(), nullable=False)
        for name in ("latencies", "durations", "clients", "referrers")
    ]
    return columns
