"""The YAML names another database: nobody finds an empty one without being told."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from appliance.auth.audit import Event
from appliance.auth.databases import AnotherDatabaseError
from appliance.auth.door import Door, open_door
from appliance.auth.people.person import NewPerson
from appliance.auth.second_factor.factors import factors
from appliance.auth.tokens.token import Caveats
from appliance.cli import program
from appliance.config.secrets import Secret
from appliance.visits.storage import Storage
from tests.integration.auth.conftest import PASSWORD as WORD
from tests.running.clock import HASHER, Hands
from tests.running.postgresql import PASSWORD, USER, Server, postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgresql() as found:
        yield found


class House:
    """One appliance's folder, its YAML and the command line."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server, self.hands = folder, server, Hands()
        self.data = folder / "data"
        self.yaml = folder / "appliance.yaml"
        self.doors: list[Door] = []
        self.says(None)

    def empty(self, name: str) -> str:
        """A new database; the name of the file with its URL."""
        self.server.database(name)
        where = f"127.0.0.1:{self.server.port}/{name}"
        file = self.folder / name
        file.write_text(f"postgresql://{USER}:{quote(PASSWORD, safe='')}@{where}\n")
        return name

    def says(self, file: str | None) -> None:
        self.named = file
        told = f"database: {{file: {file}}}" if file else ""
        self.yaml.write_text(f"auth: {{{told}}}\napps: {{}}\n")

    def open(self) -> Door:
        url = Secret((self.folder / self.named).read_text().strip()) if self.named else None
        words = HASHER
        door = open_door(self.data, clock=self.hands, passwords=words, database=url)
        self.doors.append(door)
        return door

    def close(self) -> None:
        while self.doors:
            door = self.doors.pop()
            door.tidy()
            door.engine.dispose()

    def run(self, *arguments: str) -> Result:
        command = ["database", *arguments, "--file", str(self.yaml)]
        return CliRunner().invoke(program("database"), command)


@pytest.fixture
def house(tmp_path: Path, server: Server) -> Iterator[House]:
    house = House(tmp_path, server)
    yield house
    house.close()


def names(door: Door) -> list[str]:
    return sorted(person.name for person in door.people.everybody())


def test_people_move_with_all_that_is_theirs_there_and_back(house: House) -> None:
    door = house.open()
    ada = door.people.create(NewPerson("ada", WORD, "Ada Ł. 李", "ada@example.org", groups=["lab"]))
    door.people.create(NewPerson("bob"))
    signed = door.sessions.start(ada.id, "localhost", ["password"])
    token = door.tokens.create(ada.id, "nightly", Caveats(apps=("hello",)))
    codes = factors(door.engine, door.keys, door.clock).recovery.make(ada.id)
    door.audit.write(Event("person.created", actor="cli", subject="ada", detail="%_\\'"))
    salt = Storage(door.engine).salts(7)
    house.close()

    house.says(house.empty("there"))
    with pytest.raises(AnotherDatabaseError):
        house.open()
    done = house.run("copy")
    assert done.exit_code == 0, done.exception
    assert "people 2, sessions 1, tokens 1, events of the audit 1" in done.stdout

    for file in ("there", None):
        if file is None:
            house.close()
            house.says(None)
            with pytest.raises(AnotherDatabaseError):
                house.open()
            back = house.run("copy", "--from", str(house.folder / "there"))
            assert back.exit_code == 0, back.exception
            assert "control-until-" in back.stdout
        door = house.open()
        assert door.people.verify("ada", WORD) == door.people.named("ada")
        assert door.people.named("ada").groups == {"lab"}
        assert door.sessions.find(signed.secret, "localhost")
        assert door.tokens.find(token.secret)
        assert [event.detail for event in door.audit.read()][-1] == "%_\\'"
        assert Storage(door.engine).salts(7) == salt
        # Numbers go on where they were.
        eve = door.people.create(NewPerson("eve" if file else "yves"))
        assert eve.id > ada.id
        door.audit.write(Event("person.created", subject=eve.name))
        door.audit.flush()
    assert factors(door.engine, door.keys, door.clock).recovery.use(ada.id, codes[0])
    assert names(door) == ["ada", "bob", "eve", "yves"]
    [aside] = house.data.glob("control-until-*.db")
    assert aside.stat().st_mode & 0o777 == 0o600


def test_a_restart_and_a_copy_by_the_servers_own_tools_are_no_move(house: House) -> None:
    house.says(house.empty("first"))
    house.open().people.create(NewPerson("ada"))
    house.close()
    assert names(house.open()) == ["ada"]
    house.close()
    login = ("-h", "127.0.0.1", "-p", str(house.server.port), "-U", USER)
    house.server.run("createdb", *login, "--template", "first", "second")
    url = (house.folder / "first").read_text().replace("/first", "/second")
    (house.folder / "second").write_text(url)
    house.says("second")
    assert names(house.open()) == ["ada"]


def test_whoever_wants_the_other_one_as_it_is_says_so(house: House) -> None:
    house.open().people.create(NewPerson("ada"))
    house.close()
    house.says(house.empty("fresh"))
    assert house.run("switch").exit_code == 0
    door = house.open()
    assert names(door) == []
    door.people.create(NewPerson("bob"))
    house.close()
    # Taking it back is a change as well: bob would be missing.
    house.says(None)
    with pytest.raises(AnotherDatabaseError):
        house.open()
    moved = house.run("copy", "--from", str(house.folder / "fresh"))
    assert moved.exit_code == 0, moved.exception
    assert names(house.open()) == ["bob"]


def test_where_there_is_nobody_there_is_nobody_to_miss(house: House) -> None:
    """Tried in local mode, then set up for good: nothing to be asked about."""
    house.open()
    house.close()
    house.says(house.empty("good"))
    assert names(house.open()) == []


def test_a_version_that_made_no_note_is_asked_for_its_file(house: House) -> None:
    house.open().people.create(NewPerson("ada"))
    house.close()
    (house.data / "database").unlink()
    house.says(house.empty("later"))
    with pytest.raises(AnotherDatabaseError):
        house.open()
    house.says(None)
    assert names(house.open()) == ["ada"]


def test_people_are_not_overwritten(house: House) -> None:
    house.says(house.empty("full"))
    house.open().people.create(NewPerson("bob"))
    house.close()
    (house.data / "database").unlink()
    house.says(None)
    house.open().people.create(NewPerson("ada"))
    house.close()
    house.says("full")
    refused = house.run("copy")
    assert refused.exit_code == 1
    assert "There are people (1) in the database that the YAML names" in str(refused.exception)
    assert house.run("switch").exit_code == 0
    assert names(house.open()) == ["bob"]


def test_what_cannot_be_read_changes_nothing(house: House) -> None:
    house.says(house.empty("broken"))
    assert "There is no control.db" in str(house.run("copy").exception)
    house.says(None)
    door = house.open()
    door.people.create(NewPerson("ada"))
    assert "names no other database" in str(house.run("copy").exception)
    with door.engine.begin() as connection:
        connection.execute(text("UPDATE people SET name = 'a' || char(0) || 'b'"))
    house.close()
    house.says("broken")
    refused = house.run("copy")
    assert refused.exit_code == 1
    assert "Nothing was copied" in str(refused.exception)
    assert PASSWORD not in str(refused.exception)
    with pytest.raises(AnotherDatabaseError):
        house.open()
