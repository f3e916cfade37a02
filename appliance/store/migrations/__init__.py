"""One folder of Alembic migrations for each process that owns a database."""
