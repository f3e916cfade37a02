"""People, sessions and the rest in a real PostgreSQL instead of a file."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pyotp
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from appliance.auth.audit import Event
from appliance.auth.databases import UnusableDatabaseError
from appliance.auth.door import Door, open_door
from appliance.auth.failures import BurnedLinkError, NameTakenError, TooManyAttemptsError
from appliance.auth.people.links import Invitation
from appliance.auth.people.person import Change, Declared, NewPerson
from appliance.auth.second_factor.factors import factors
from appliance.auth.tables import metadata
from appliance.auth.tokens.token import Caveats, Use
from appliance.config.schema import Config
from appliance.config.secrets import Secret
from appliance.control import guarding
from appliance.visits.tables import METADATA as VISITS
from tests.integration.auth.conftest import PASSWORD as WORD
from tests.integration.control.conftest import Appliance
from tests.running.clock import HASHER, Hands
from tests.running.postgresql import PASSWORD, USER, Server, postgresql
from tests.running.traefik import until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgresql() as found:
        found.database("people")
        yield found


def url(server: Server, name: str = "people", password: str = PASSWORD) -> Secret:
    where = f"127.0.0.1:{server.port}/{name}"
    return Secret(f"postgresql://{USER}:{quote(password, safe='')}@{where}")


class House:
    """The door of one appliance, opened as often as it takes."""

    def __init__(self, folder: Path, database: Secret) -> None:
        self.folder, self.database, self.hands = folder, database, Hands()
        self.doors: list[Door] = []

    def open(self) -> Door:
        words = HASHER
        door = open_door(self.folder, clock=self.hands, passwords=words, database=self.database)
        self.doors.append(door)
        return door

    def close(self) -> None:
        for door in self.doors:
            door.engine.dispose()


@pytest.fixture
def house(server: Server, tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path, url(server))
    yield house
    house.close()


def test_everything_is_kept_there_and_found_again(house: House) -> None:
    door = house.open()
    ada = door.people.create(NewPerson("ada", WORD, "Ada Ł. 李", "ada@example.org", groups=["lab"]))
    with pytest.raises(NameTakenError):
        door.people.create(NewPerson("eve", email="ada@example.org"))
    door.people.declare({"yves": Declared(groups=frozenset({"lab"}), admin=True)})
    signed = door.sessions.start(ada.id, "demos.example.org", ["password"])
    handed = door.sessions.hand_over(signed.session, "app.demos.example.org")
    issued = door.tokens.create(ada.id, "nightly", Caveats(uses=(Use.PREDICT,)))
    door.identities.link("google", "123", ada.id, "ada@example.org")
    invitation = door.links.invite(Invitation(("lab",)), "ada")
    one = factors(door.engine, door.keys, door.clock)
    totp = pyotp.TOTP(one.totp.enrolment(ada, "Test").secret)
    assert one.totp.confirm(ada.id, totp.secret, totp.at(int(house.hands())))
    codes = one.recovery.make(ada.id)
    for _ in range(5):
        door.signing_in.failed("ada", "192.0.2.1", "password")
    door.audit.write(Event("person.created", actor="cli", subject="ada", detail="%_\\'"))
    door.people.change("ada", Change(groups=["lab", "office"]))
    door.tidy()

    again = house.open()
    found = again.people.named("ada")
    assert (found.full_name, found.groups) == ("Ada Ł. 李", {"lab", "office"})
    assert again.people.verify("ada", WORD) == found
    assert again.people.named("yves").disabled  # until the YAML names him again
    assert again.sessions.find(signed.secret, "demos.example.org")
    assert again.tokens.find(issued.secret)
    assert again.identities.find("google", "123")
    assert again.links.look(invitation).invitation.groups == ("lab",)
    assert again.attempts.take(ada.id).count == 5
    with pytest.raises(TooManyAttemptsError):
        again.throttle.check("ada", "192.0.2.1")
    kinds = [event.kind for event in again.audit.read(kind="person.", person="ada")]
    assert kinds == ["person.created"]
    two = factors(again.engine, again.keys, again.clock)
    assert two.recovery.use(ada.id, codes[0])
    assert again.sessions.lives(again.sessions.find(handed.secret, "app.demos.example.org"))
    assert again.sessions.end_all(ada.id) == 2
    assert again.people.declare({"ada": Declared()}).set_aside == ("ada",)
    assert again.people.by_id(ada.id) is None
    assert again.people.declare({}).put_back == ("ada",)
    assert again.people.named("ada") == found
    again.people.remove("ada")
    assert again.identities.find("google", "123") is None
    again.tidy()


def test_what_opens_once_opens_once_there_too(house: House) -> None:
    door = house.open()
    bob = door.people.create(NewPerson("bob"))
    one = factors(door.engine, door.keys, door.clock)
    totp = pyotp.TOTP(one.totp.enrolment(bob, "Test").secret)
    assert one.totp.confirm(bob.id, totp.secret, totp.at(int(house.hands())))
    house.hands.now += 30
    code, kept = totp.at(int(house.hands())), one.recovery.make(bob.id)[0]
    link = door.links.setup()

    def burn(_: int) -> bool:
        try:
            with door.links.using(link):
                return True
        except BurnedLinkError:
            return False

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(lambda _: one.totp.check(bob.id, code), range(8))) == 1
        assert sum(threads.map(lambda _: one.recovery.use(bob.id, kept), range(8))) == 1
        assert sum(threads.map(burn, range(8))) == 1


def test_the_migrations_make_the_tables_there_too(house: House) -> None:
    door = house.open()
    with door.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, [metadata, VISITS]) == []


def test_whoever_is_signed_in_stays_so_while_the_database_is_away(tmp_path: Path) -> None:
    with postgresql() as server:
        server.database("people")
        house = House(tmp_path, url(server))
        door = house.open()
        ada = door.people.create(NewPerson("ada"))
        signed = door.sessions.start(ada.id, "localhost", ["password"])
    assert door.sessions.find(signed.secret, "localhost")
    assert door.people.by_id(ada.id)
    house.close()


@pytest.mark.parametrize("name", ["wrong-password", "no-such-database", "nobody-there", "nonsense"])
def test_a_database_that_cannot_be_had_is_told_without_its_password(
    server: Server, tmp_path: Path, name: str
) -> None:
    secret = {
        "wrong-password": url(server, password="not-the-word"),
        "no-such-database": url(server, "other"),
        "nobody-there": Secret(f"postgresql://{USER}:not-the-word@127.0.0.1:9/people"),
        "nonsense": Secret("mysql://root:not-the-word@[::1/people"),
    }[name]
    with pytest.raises(UnusableDatabaseError, match=r"auth\.database") as caught:
        open_door(tmp_path, database=secret)
    assert "not-the-word" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_control_keeps_its_people_there(server: Server, tmp_path: Path) -> None:
    server.database("control")
    (tmp_path / "url").write_text(url(server, "control").reveal())
    made = Appliance(tmp_path)
    made.yaml.write_text("auth: {database: {file: url}, users: {ada: {}}}\napps: {}\n")
    try:
        made.start("apps")
        made.start("control")
        until(lambda: [one["name"] for one in made.ask("/people").json()] == ["ada"])
        assert not (tmp_path / "data" / "control.db").exists()
        made.stop("control")
        kept = made.yaml.read_text()
        made.yaml.write_text("auth: {}\napps: {}\n")
        with pytest.raises(RuntimeError, match=r"another database until now[\s\S]*database copy"):
            made.start("control")
        made.yaml.write_text(kept)
        (tmp_path / "url").write_text(url(server, "gone").reveal())
        with pytest.raises(RuntimeError, match=r"auth\.database.*gone.*does not exist"):
            made.start("control")
        assert PASSWORD not in made.log()
    finally:
        made.stop_all()


def test_the_yaml_says_where_its_url_is_kept(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://db/people\n")
    told = Config.model_validate({"auth": {"database": {"file": "url"}}})
    assert guarding.database(told, tmp_path) == Secret("postgresql://db/people")
    assert guarding.database(Config.model_validate({"auth": {}}), tmp_path) is None
