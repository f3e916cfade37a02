"""Tables of visits in the control process's database."""

import sqlalchemy as sa

METADATA = sa.MetaData()
_NAME = sa.String(253)


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


HOURS = sa.Table(
    "visit_hours",
    METADATA,
    sa.Column("hour", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    # Each process tells whole hours again and again: its row is replaced, never added to.
    sa.Column("source", sa.String(16), primary_key=True),
    *_numbers(),
)
DAYS = sa.Table(
    "visit_days",
    METADATA,
    sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("visitors", sa.Integer(), nullable=False),
    *_numbers(),
)
VISITORS = sa.Table(
    "visit_visitors",
    METADATA,
    sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("bits", sa.LargeBinary(), nullable=False),
)
SALTS = sa.Table(
    "visit_salts",
    METADATA,
    sa.Column("day", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("salt", sa.LargeBinary(32), nullable=False),
)
