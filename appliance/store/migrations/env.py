"""Runs the migrations of one database; called by `appliance.store.database`."""

from alembic import context

with context.config.attributes["engine"].connect() as connection:
    # SQLite changes a table by making a new one.
    context.configure(connection=connection, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
