import stat

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from appliance.auth.door import open_door
from appliance.auth.people.links import Invitation
from appliance.auth.people.passwords import Passwords
from appliance.auth.people.person import NewPerson
from appliance.auth.second_factor.factors import factors
from appliance.auth.tables import metadata
from appliance.auth.tokens.token import Caveats
from appliance.visits.tables import METADATA as VISITS
from tests.running.clock import HASHER


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


def test_nothing_that_opens_an_account_is_kept_as_it_is(tmp_path):
    door = open_door(tmp_path, passwords=HASHER)
    password = "correct horse battery staple"
    ada = door.people.create(NewPerson("ada", password))
    secrets = [
        password,
        door.sessions.start(ada.id, "a.org", ["password"]).secret,
        door.tokens.create(ada.id, "x", Caveats()).secret,
        door.links.setup(),
        door.links.reset(ada, "cli"),
        door.links.invite(Invitation(), "cli"),
        *factors(door.engine, door.keys, door.clock).recovery.make(ada.id),
    ]
    door.tidy()
    door.engine.dispose()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"ada" in kept
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret.replace("-", "").encode() not in kept


def test_each_guess_at_a_password_costs_64_mib_and_three_passes():
    assert Passwords().hash("any").startswith("$argon2id$v=19$m=65536,t=3,")
