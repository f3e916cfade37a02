"""A house with as much in it as a page may ever have to show."""

import asyncio
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from appliance.apps.model import AppStatus, Outcome, Phase
from appliance.apps.thumbnails import Picture
from appliance.auth.audit import Event
from appliance.auth.people.links import Invitation
from appliance.auth.people.passwords import Passwords
from appliance.auth.people.person import Change
from appliance.auth.tokens.token import Caveats, Use
from appliance.certs.model import Origin
from appliance.certs.status import CertificateProblem, CertificatesStatus, NameStatus
from appliance.config.findings import Finding
from appliance.control.examination import Findings
from appliance.control.relay import RelayClient
from appliance.control.status import ConfigStatus
from appliance.doctor.model import Diagnosis
from tests.running import machine, statuses
from tests.running.clock import HASHER
from tests.running.house import House
from tests.running.visited import report

LONG = "a-name-that-somebody-found-good-but-that-no-table-has-room-for"
APPS, SHARES = 50, 500
BLOG = "https://blog.example.org"
COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
_FRONT = (
    ("Speech to text", "🎙️", "Write down what is said in a recording, in ninety languages."),
    ("Restore photos", "🖼️", "Takes out scratches and adds colours to pictures of long ago."),
    ("Ask a paper", "📄", ""),
    ("Protein folding", "🧬", "From a sequence to a structure, with confidence for every residue."),
    ("Music from words", "🎵", "Thirty seconds of whatever you describe."),
    ("تحويل الكلام إلى نص", "👨‍👩‍👧‍👦", "يكتب ما يقال في التسجيل، بتسعين لغة (100 MB)."),
)
_MANY_LIMITS = {"memory": "2g", "cpus": 1.5, "disk": "5g"}


def populated(folder: Path, relay: Path | None = None, passwords: Passwords = HASHER) -> House:
    """Administrated by `ada`; `bob` has a key and shares; everybody's password is the house's.

    `relay`: the socket of a real one, in place of shares that are made up.
    """
    apps: dict[str, Any] = {
        "hello": {"source": "hello", "limits": _MANY_LIMITS, "embed": {"origins": [BLOG]}},
        "broken": {"source": "broken"},
        LONG[:40]: {"source": "x", "access": {"users": ["ada"], "groups": ["lab"]}},
        "slow": {"source": "slow", "access": "signed-in"},
        **{f"app-{n}": {"source": f"app-{n}", "access": "public"} for n in range(APPS - 4)},
    }
    client = RelayClient(relay) if relay else None
    share = {"who_can_share": "key"}
    auth = {"providers": {"google": {"type": "google", "client_id": "x"}}}
    yaml = {"apps": apps, "share": share, "auth": auth}
    house = House(folder, time.time, client, passwords, **yaml)
    house.apps = tuple(_status(n, name) for n, name in enumerate(apps))
    house.noted.picture = Picture(_stripes(320, 160), "image/png")
    _people(house)
    _shares(house)
    _troubles(house)
    _visits(house)
    return house


def _status(number: int, name: str) -> AppStatus:
    title, emoji, description = _FRONT[number % len(_FRONT)]
    if name == "broken":
        output = "Traceback (most recent call last):\n  File \"app.py\", line 3\nKeyError: 'x'"
        return statuses.failed(name, detail=output, remedy="Run `pip list` and look for it.")
    if name == "slow":
        return statuses.starting(name, "Installing torch==2.9.0 (12 of 48)")
    if number % 7 == 5:
        return AppStatus(name=name, phase=Phase.STARTING, progress="Waiting for the first answer")
    told = statuses.live(
        name,
        "http://h:1",
        title=LONG if name == LONG[:40] else title,
        emoji=emoji,
        description=description * (4 if number == 9 else 1),
        color_from=COLORS[number % 8],
        color_to=COLORS[(number + 3) % 8],
        **({"thumbnail": "thumbnail.png"} if number % 3 == 0 else {}),
    )
    used = [one.model_copy(update={"memory": 900 * 2**20 + number}) for one in told.instances]
    former = statuses.release(2).model_copy(update={"outcome": Outcome.RETIRED})
    broke = statuses.release(3).model_copy(update={"outcome": Outcome.FAILED})
    releases = (broke, *told.releases, former) if number == 0 else told.releases
    return told.model_copy(update={"instances": tuple(used), "releases": releases})


def _people(house: House) -> None:
    ada = house.person("ada", admin=True, full_name="Ada Lovelace", groups=["lab"])
    bob = house.person("bob", email="bob@example.org", groups=["lab", "students"])
    gone = house.person(LONG, full_name=f"{LONG} {LONG}", groups=["students"])
    house.door.people.change(gone.name, Change(disabled=True))
    house.person("eve")
    for number in range(9):
        house.person(f"student-{number}", groups=["students"])
    for person in (ada, bob):
        limits = Caveats(("hello", LONG[:40]), (Use.PREDICT,), ("192.0.2.0/24",), time.time() + 9e6)
        house.door.tokens.create(person.id, "Notebook in the basement", limits)
        house.door.tokens.create(person.id, LONG, Caveats())
    house.door.links.invite(Invitation(("lab",), name="mary", email="mary@example.org"), "ada")
    house.door.links.invite(Invitation(admin=True), "cli")
    house.door.links.reset(bob, "ada")
    for number in range(150):
        event = Event("app.restart", "ada", f"app-{number}", f"app-{number}", "192.0.2.7")
        house.door.audit.write(event)
    house.door.audit.flush()


def _shares(house: House) -> None:
    now = time.time()
    house.noted.held = (
        machine.key("bob", made=now + 60, used=now, open=2, password=True),
        machine.key(LONG[:40], shares=3, lifetime=3600.0, requests=2.5),
        machine.key("old", revoked=now),
    )
    house.noted.shared = (
        machine.share(
            "bobs-app",
            owner="bob",
            since=now - 5,
            expires=now + 9_000,
            password=True,
            protected=True,
        ),
        machine.share("bobs-former", owner="bob", since=now - 9, state="expired", url=""),
        machine.share(LONG, since=now - 50, owner=LONG[:40], expires=now + 900, ending=True),
        *(
            machine.share(
                f"5100b865716f{n:06x}",
                since=now - 100 - n,
                owner="token",
                state=("live", "live", "away", "ended")[n % 4],
                expires=now + 60 * n + 60,
            )
            for n in range(SHARES - 3)
        ),
    )


def _visits(house: House) -> None:
    now = house.visits.hour
    for back in range(24 * 20):
        told = report("hello", now - back, 20 + back * 37 % 160, visitors=5 + back // 24)
        house.visits.storage.write("app", [told])
    house.visits.storage.write("share", [report("bobs-app", now, 1_234)])
    # Tests of pages have a loop of their own in this thread.
    with ThreadPoolExecutor(1) as beside:
        beside.submit(lambda: asyncio.run(house.visits.collect())).result()


def _troubles(house: House) -> None:
    now = datetime.now(UTC)
    wrong = Finding("unknown-key", "appliance.yaml", 7, 3, "apps.helo", "unknown key `helo`")
    house.config_status = ConfigStatus(file="appliance.yaml", state="invalid", findings=(wrong,))
    house.certificates = CertificatesStatus(
        mode="certbot",
        names=(
            NameStatus(
                name="demos.example.org",
                origin=Origin.CERTBOT,
                issuer="Let's Encrypt",
                expires=now + timedelta(days=61),
            ),
            NameStatus(
                name=f"*.{LONG}.example.org",
                origin=Origin.LOCAL_CA,
                expires=now + timedelta(days=5),
            ),
            NameStatus(name="new.example.org"),
        ),
        root="PEM",
        root_fingerprint="ab" * 32,
        next_order=now + timedelta(days=30),
        problems=(
            CertificateProblem(
                code="certificate-challenge",
                message="The authority could not read `http://new.example.org/.well-known/`.",
                remedy="Open port 80 in the firewall.",
            ),
        ),
    )
    house.noted.findings = Findings(
        now,
        (
            Diagnosis("clock", "good", "the clock is right"),
            Diagnosis("names", "bad", "new.example.org leads nowhere", "Add an A record for it."),
            Diagnosis("ports", "unknown", "port 7000 cannot be tried", "Start it and ask again."),
        ),
    )
    house.noted.log = [f"INFO: 127.0.0.1 - POST /gradio_api/queue/join {n}" for n in range(40)]


def _stripes(width: int, height: int) -> bytes:
    """A PNG that shows whether it was stretched or cut."""
    line = bytes(255 if x // 20 % 2 else 90 for x in range(width))
    dark = bytes(120 if x // 20 % 2 else 40 for x in range(width))
    rows = b"".join(b"\0" + (line if y // 20 % 2 else dark) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
