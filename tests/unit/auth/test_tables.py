import stat

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from appliance.auth.door import open_door
from appliance.auth.tables import metadata
from appliance.visits.tables import METADATA as VISITS
from tests.unit.auth.clock import HASHER


def test_the_migrations_make_the_tables(engine):
    with engine.connect() as connection:
        tables = [metadata, VISITS]
        assert compare_metadata(MigrationContext.configure(connection), tables) == []


def test_nobody_else_can_read_what_is_kept(tmp_path):
    door = open_door(tmp_path / "data", passwords=HASHER)
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert {"control.db", "identity.pem", "seal.key"} <= {path.name for path in kept}
    for path in kept:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    door.engine.dispose()
