from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from appliance.relay.shares.tables import metadata
from appliance.store.database import open_database, url_of


def test_the_migrations_make_the_tables(tmp_path):
    engine = open_database(url_of(tmp_path / "relay.db"), "relay")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()
