"""From one database into another one, of the other kind too."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, text

_AT_ONCE = 1000


def copied(source: Engine, target: Engine, tables: Sequence[Table]) -> dict[str, int]:
    """The tables' rows, in one transaction, in place of what is in `target`; how many of each.

    `tables`: those that others refer to come first. Nobody may write to `source` meanwhile.
    """
    with source.connect() as reading, target.begin() as writing:
        for table in reversed(tables):
            writing.execute(delete(table))
        return {table.name: _copied(reading, writing, table) for table in tables}


def _copied(reading: Connection, writing: Connection, table: Table) -> int:
    for rows in reading.execute(select(table)).mappings().partitions(_AT_ONCE):
        writing.execute(insert(table), [dict(row) for row in rows])
    count = select(func.count()).select_from(table)
    there, here = reading.scalar(count), writing.scalar(count)
    if there != here or here is None:
        raise RuntimeError(f"{table.name}: {there} rows became {here}")
    if table.autoincrement_column is not None and writing.dialect.name == "postgresql":
        _count_on(writing, table.name, table.autoincrement_column.name)
    return here


def _count_on(writing: Connection, table: str, column: str) -> None:
    """PostgreSQL goes on numbering where it was, whatever numbers came by themselves."""
    statement = text(
        f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), "  # noqa: S608 - our names
        f"(SELECT max({column}) FROM {table}))"
    )
    if writing.scalar(text(f"SELECT max({column}) FROM {table}")) is not None:  # noqa: S608
        writing.execute(statement)
