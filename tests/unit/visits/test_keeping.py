"""From what is told to what is kept."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from appliance.apps.server.counting import BOUNDS, Counts, packed
from appliance.store.database import open_database, url_of
from appliance.visits.believed import SOURCES
from appliance.visits.keeping import AwayError, Visits
from appliance.visits.model import Ask, Numbers, Report, Reports
from appliance.visits.storage import Storage
from appliance.visits.tables import DAYS, HOURS, METADATA, SALTS, VISITORS
from appliance.visits.totals import Totals, quantile, total

DAY = 20_000
NONE = (0,) * (len(BOUNDS) + 1)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    engine = open_database(url_of(tmp_path / "control.db"), "control")
    yield Storage(engine)
    engine.dispose()


def report(
    name: str = "chat",
    hour: int = DAY * 24,
    source: str = "a" * 16,
    visitors: int = 0b11,
    **numbers: object,
) -> Report:
    bits = visitors.to_bytes(2048, "big")
    return Report.model_validate(
        {
            "name": name,
            "told": {
                "source": source,
                "hours": [{"hour": hour, "requests": 1, **numbers}],
                "visitors": {str(hour // 24): packed(bits)},
            },
        }
    )


def rows(storage: Storage, table: sa.Table) -> int:
    with storage._engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_the_tables_are_those_of_the_migrations(storage: Storage) -> None:
    inspector = sa.inspect(storage._engine)
    for table in METADATA.tables.values():
        found = {column["name"] for column in inspector.get_columns(table.name)}
        assert found == set(table.columns.keys())
        key = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key]


def test_what_is_told_twice_counts_once(storage: Storage) -> None:
    for requests in (3, 5, 5):
        storage.write("app", [report(requests=requests), report("other", requests=1)])
    storage.write("app", [report(requests=7, source="b" * 16, visitors=0b110)])
    day = storage.days(DAY, "app", "chat")
    assert [(one.visitors, one.totals.requests) for one in day] == [(3, 12)]
    assert storage.requests(DAY * 24) == {
        ("app", "chat"): {DAY * 24: 12},
        ("app", "other"): {DAY * 24: 1},
    }
    assert storage.requests(DAY * 24 + 1) == {}


def test_a_closed_day_keeps_its_numbers_and_loses_salt_and_bits(storage: Storage) -> None:
    storage.salts(DAY)
    storage.write("share", [report("demo", latencies=(1, *NONE[1:]), clients={"curl": 1})])
    before = storage.days(0)
    assert not storage.roll_up(DAY * 24 + 24, 400), "who counts may be late"
    assert storage.roll_up(DAY * 24 + 25, 400)
    assert storage.days(0) == before
    assert before[0].visitors == 2
    assert (rows(storage, VISITORS), rows(storage, SALTS), rows(storage, DAYS)) == (0, 1, 1)
    assert not storage.roll_up(DAY * 24 + 26, 400)


def test_nothing_of_a_salt_is_left_on_the_disk_once_its_day_is_closed(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: DAY * 86_400.0)
    day, address = DAY, b"203.0.113.77"
    salt = storage.salts(day)[day]
    counts = Counts()
    counts.came({day: salt}, address, b"curl/8", 0)
    told = {"name": "chat", "told": {"source": "a" * 16, **counts.document()}}
    storage.write("app", [Report.model_validate(told)])

    def on_disk(what: bytes) -> bool:
        return any(what in file.read_bytes() for file in tmp_path.iterdir() if file.is_file())

    assert on_disk(salt)
    assert not on_disk(address)
    assert storage.roll_up((day + 1) * 24 + 1, 400)
    assert [one.visitors for one in storage.days(day)] == [1]
    assert not on_disk(salt)


def test_hours_go_after_a_week_and_days_when_the_yaml_says(storage: Storage) -> None:
    storage.write("app", [report()])
    storage.roll_up((DAY + 2) * 24, 10)
    assert storage.hours(("app", "chat"), 0)[DAY * 24].requests == 1
    storage.roll_up((DAY + 8) * 24, 10)
    assert storage.hours(("app", "chat"), 0) == {}
    assert len(storage.days(0)) == 1
    storage.roll_up((DAY + 11) * 24, 10)
    assert storage.days(0) == ()
    assert rows(storage, HOURS) == 0


def test_salts_are_of_one_day_each_and_stay_over_a_restart(storage: Storage) -> None:
    salts = storage.salts(DAY)
    assert salts == storage.salts(DAY)
    assert set(salts) == {DAY, DAY + 1}
    assert salts[DAY] != salts[DAY + 1]
    assert storage.salts(DAY + 1)[DAY + 1] == salts[DAY + 1]


def test_sums_keep_the_referrers_that_matter() -> None:
    many = {f"{number}.example.org": number for number in range(1, 201)}
    found = total([Totals(referrers=many), Totals(referrers={"200.example.org": 1, "": 5})])
    assert len(found.referrers) == 101
    assert found.referrers["200.example.org"] == 201
    assert sum(found.referrers.values()) == sum(many.values()) + 6


def test_medians_come_from_buckets() -> None:
    assert quantile(NONE, 0.5) is None
    assert quantile((0, 10, *NONE[2:]), 0.5) == pytest.approx(0.02)
    assert quantile((*NONE[:-1], 3), 0.5) == BOUNDS[-1]


class Clock:
    now = (DAY * 24 + 5) * 3600.0

    def __call__(self) -> float:
        return self.now


class Told:
    """Who counts: notes how it was asked."""

    def __init__(self, *reports: Report) -> None:
        self.reports = reports
        self.asked: list[Ask] = []
        self.away = False

    async def __call__(self, ask: Ask) -> Reports:
        if self.away:
            raise AwayError
        self.asked.append(ask)
        return Reports(reports=self.reports if ask.salts else ())


async def test_what_is_collected_is_at_hand_for_pages(storage: Storage) -> None:
    clock, apps, shares = Clock(), Told(report(hour=DAY * 24 + 5, requests=4)), Told()
    shares.away = True
    visits = Visits(storage, {"app": apps, "share": shares}, lambda: timedelta(days=9), clock)
    await visits.collect()
    assert visits.recent("app", "chat") == (0,) * 23 + (4,)
    assert visits.recent("app", "none") == (0,) * 24
    assert set(apps.asked[0].salts) == {DAY, DAY + 1}
    shares.away = False
    shares.reports = (report("demo", hour=DAY * 24 + 4),)
    clock.now += 3600
    await visits.collect()
    assert visits.recent("app", "chat")[-2:] == (4, 0)
    assert visits.recent("share", "demo")[-3:] == (1, 0, 0)
    assert shares.asked[0].salts == apps.asked[0].salts


async def test_off_destroys_what_the_days_before_needed(storage: Storage) -> None:
    clock = Clock()
    keep: list[timedelta | None] = [timedelta(days=9)]
    visits = Visits(storage, {"app": Told(report(visitors=7))}, lambda: keep[0], clock)
    await visits.collect()
    assert (rows(storage, SALTS), rows(storage, VISITORS)) == (2, 1)
    keep[0] = None
    clock.now += 3 * 86_400
    await visits.collect()
    assert (rows(storage, SALTS), rows(storage, VISITORS)) == (0, 0)
    assert storage.days(DAY)[0].visitors == 3


def test_reports_pass_from_process_to_process() -> None:
    sent = Reports(reports=(report(visitors=1 << 9000, clients={"curl": 1}),))
    assert Reports.model_validate_json(sent.model_dump_json()) == sent


async def test_off_means_that_nobody_is_asked_to_count(storage: Storage) -> None:
    apps = Told(report())
    visits = Visits(storage, {"app": apps}, lambda: None, Clock())
    await visits.collect()
    assert [ask.salts for ask in apps.asked] == [{}]
    assert not visits.counted
    assert (rows(storage, HOURS), rows(storage, SALTS)) == (0, 0)


async def test_sums_for_prometheus_only_grow(storage: Storage) -> None:
    apps = Told(report(requests=4, latencies=(2, 2, *NONE[2:]), clients={"curl": 4}))
    visits = Visits(storage, {"app": apps, "share": Told()}, lambda: timedelta(days=9), Clock())
    for requests in (4, 6, 5, 6):
        apps.reports = (report(requests=requests, clients={"curl": requests}), report("other"))
        await visits.collect()
    assert visits.tally.apps["chat"].requests == 7, "one lost and found again"
    assert visits.tally.apps["other"].requests == 1
    apps.reports = (report(requests=2, source="c" * 16),)
    await visits.collect()
    assert visits.tally.apps["chat"].requests == 9
    visits.tally.keep(["chat"])
    assert set(visits.tally.apps) == {"chat"}


async def test_what_an_idle_app_tells_again_counts_once(storage: Storage) -> None:
    """Its process tells of its last hours, and of its last day's visitors, for weeks."""
    clock = Clock()
    former = report(hour=DAY * 24 + 4, requests=9, source="b" * 16, visitors=0b11100)
    apps = Told(former, report(hour=DAY * 24 + 5, requests=4))
    visits = Visits(storage, {"app": apps}, lambda: timedelta(days=90), clock)
    await visits.collect()
    apps.reports = apps.reports[1:]
    for hours in (9, 20, 30, 24 * 9):
        clock.now = Clock.now + hours * 3600
        for _ in range(2):
            await visits.collect()
        assert visits.tally.apps["chat"].requests == 13
        [day] = storage.days(DAY)
        assert (day.visitors, day.totals.requests) == (5, 13)


async def test_no_app_fills_memory_or_disk_with_what_it_tells(storage: Storage) -> None:
    apps = Told()
    visits = Visits(storage, {"app": apps}, lambda: timedelta(days=9), Clock())
    hours = [{"hour": hour} for hour in (0, DAY * 24 + 5, DAY * 24 + 99, 9_000_000)]
    bits = {str(day): packed(bytes(2048)) for day in (0, DAY, DAY + 99)}
    apps.reports = tuple(
        Report.model_validate(
            {
                "name": "chat",
                "told": {"source": f"{source:016x}", "hours": hours, "visitors": bits},
            }
        )
        for source in range(SOURCES + 9)
    )
    await visits.collect()
    assert (rows(storage, HOURS), rows(storage, VISITORS)) == (SOURCES, 1)
    assert len(visits.tally._told) == SOURCES


async def test_a_database_that_refuses_is_tried_again(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps = Told(report(hour=DAY * 24 + 5, requests=4))
    visits = Visits(storage, {"app": apps}, lambda: timedelta(days=9), Clock())
    with monkeypatch.context() as broken:

        def write(*_: object) -> None:
            raise sa.exc.OperationalError("", {}, Exception("disk I/O error"))

        broken.setattr(storage, "write", write)
        await visits.collect()
    await visits.collect()
    assert visits.recent("app", "chat")[-1] == 4
    assert storage.days(DAY)[0].totals.requests == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"requests": -1},
        {"requests": 2**60},
        {"latencies": (1, 2)},
        {"clients": {"<script>": 1}},
        {"referrers": {"<script>": 1}},
        {"referrers": {f"{n}.example": 1 for n in range(200)}},
        {"more": 1},
    ],
)
def test_apps_cannot_tell_everything(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Numbers.model_validate(wrong)
