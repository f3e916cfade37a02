"""What is counted of requests, and that nobody can be told from it."""

import time

import pytest

from appliance.apps.server import counting
from appliance.apps.server.counting import Counting, Counts, Hour, Visitors, estimate
from appliance.visits.model import Told
from appliance.visits.storage import united, visitors_of

TODAY = 20_000
SALT = b"s" * 32
SALTS = dict.fromkeys(range(20_000, 22_000), SALT)


def address(number: int) -> bytes:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}".encode()


def of(numbers: range, salt: bytes = SALT) -> Visitors:
    visitors = Visitors(TODAY)
    for number in numbers:
        visitors.came(address(number), salt)
    return visitors


@pytest.mark.parametrize("count", [1, 2, 100, 10_000, 50_000])
def test_addresses_are_counted_within_a_tenth(count: int) -> None:
    visitors = of(range(count))
    assert estimate(visitors.set) == pytest.approx(count, rel=0.1, abs=0.5)
    assert visitors_of(bytes(visitors.bits)) == estimate(visitors.set)


def test_more_than_can_be_told_is_a_large_number() -> None:
    assert estimate(of(range(400_000)).set) > 100_000


def test_who_visits_two_instances_is_one_visitor() -> None:
    both = united(bytes(of(range(300)).bits), bytes(of(range(100, 400)).bits))
    assert visitors_of(both) == pytest.approx(400, rel=0.1)
    assert united(b"", both) == both


def test_without_the_salt_bits_say_nothing_of_addresses() -> None:
    mine, others = of(range(50)), of(range(50), b"t" * 32)
    assert mine.bits != others.bits
    assert len(mine.bits) == 2048


def test_each_address_counts_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, now = Counts(), 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    for one in (b"::1", b"::1", b"192.0.2.1", b"::1", b"192.0.2.1"):
        counts.came(SALTS, one, b"", counting.NOTHING)
    day = int(now) // 86_400
    assert (counts.visitors(day), counts.visitors(day + 1)) == (2, 0)
    now += 86_400
    counts.came(SALTS, b"192.0.2.1", b"", counting.NOTHING)
    assert counts.visitors(day + 1) == 1
    told = counts.document()
    assert set(told["visitors"]) == {str(day), str(day + 1)}
    assert [hour["requests"] for hour in told["hours"]] == [5, 1]


def test_the_last_hours_are_told_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, now = Counts(), 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    assert counts.document() == {"hours": [], "visitors": {}}
    for _ in range(6):
        counts.came(SALTS, b"::1", b"curl/8", counting.ASKED)
        now += 3600
    told = Told.model_validate({"source": "0" * 16, **counts.document()})
    assert [hour.hour for hour in told.hours] == [500_003, 500_004, 500_005]
    assert {hour.predictions for hour in told.hours} == {1}
    assert {hour.clients["curl"] for hour in told.hours} == {1}


def test_without_a_salt_of_the_day_only_visitors_go_uncounted() -> None:
    counts = Counts()
    hour = counts.came({1: SALT}, b"::1", b"", counting.NOTHING)
    assert hour.requests == 1
    assert counts.document()["visitors"] == {}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/", counting.NOTHING),
        ("POST", "/gradio_api/queue/join", counting.ASKED),
        ("POST", "/hello/gradio_api/queue/join", counting.ASKED),
        ("GET", "/gradio_api/queue/data", counting.AWAITED),
        ("POST", "/gradio_api/run/predict", counting.CALLED),
        ("POST", "/gradio_api/run/predict/", counting.CALLED),
        ("POST", "/gradio_api/api/greet", counting.CALLED),
        ("POST", "/gradio_api/call/greet", counting.ASKED),
        ("GET", "/gradio_api/call/greet/0a1b", counting.AWAITED),
        ("GET", "/gradio_api/queue/join", counting.NOTHING),
        ("POST", "/gradio_api/upload", counting.NOTHING),
        ("GET", "/gradio_api/file=/gradio_api/queue/data/x.png", counting.NOTHING),
        ("POST", "/queue/join", counting.ASKED),
        ("POST", "/run/predict", counting.CALLED),
        ("POST", "/api/predict", counting.CALLED),
        ("POST", "/api/orders", counting.NOTHING),
    ],
)
def test_predictions_are_known_by_their_address(method: str, path: str, expected: int) -> None:
    assert counting.meaning(method, path) == expected


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (b"Mozilla/5.0 (X11; Linux x86_64)", "browser"),
        (b"gradio_client/2.7.2; hf_hub/2.4.0; python/3.11.7", "gradio_client"),
        (b"node", "@gradio/client"),
        (b"curl/8.5.0", "curl"),
        (b"python-httpx/0.28", "other"),
        (b"", "other"),
    ],
)
def test_clients_are_known_by_what_they_say(agent: bytes, expected: str) -> None:
    assert counting.CLIENTS[counting.client(agent)] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"https://Blog.example.org/a?b=secret", "blog.example.org"),
        (b"http://blog.example.org:8080", "blog.example.org"),
        (b"https://demo.example.org/page", None),
        (b"https://user:pass@evil/", None),
        (b"android-app://x", None),
        (b"https://" + b"a" * 254 + b"/", None),
        (b"", None),
    ],
)
def test_of_a_referrer_the_host_is_kept(value: bytes, expected: str | None) -> None:
    assert counting.referrer(value, b"demo.example.org:443") == expected


def test_strangers_cannot_fill_the_memory_with_referrers() -> None:
    hour = Hour(1)
    for number in range(5_000):
        counting.came_from(hour, f"{number}.example.org")
    assert len(hour.referrers) == counting.REFERRERS + 1
    assert hour.referrers[""] == 4_900


def test_answers_are_told_apart_by_status_and_time() -> None:
    hour = Hour(1)
    for status, seconds in ((200, 0.001), (404, 0.02), (503, 500.0), (302, 0.01)):
        counting.answered(hour, status, seconds)
    assert (hour.refused, hour.failed) == (1, 1)
    assert hour.latencies == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]


def test_only_who_is_told_to_counts() -> None:
    told = Counting()
    assert told.salts is None
    told.follow({"20000": SALT.hex()})
    assert told.salts == {20_000: SALT}
    for wrong in ({"x": SALT.hex()}, {"1": "zz"}, {"1": "00"}):
        with pytest.raises(ValueError, match=r".+"):
            told.follow(wrong)
    told.follow({})
    assert told.salts is None


def test_packed_bits_come_back_and_nothing_larger_does() -> None:
    bits = bytes(range(256)) * 8
    packed = counting.packed(bits)
    told = Told.model_validate({"source": "0" * 16, "visitors": {"1": packed}})
    assert told.visitors[1] == bits
    for wrong in (counting.packed(bytes(1 << 20))[:50], counting.packed(b"x"), "", "=", 5):
        with pytest.raises(ValueError, match="bits of visitors"):
            Told.model_validate({"source": "0" * 16, "visitors": {"1": wrong}})
    bomb = Told.model_validate(
        {"source": "0" * 16, "visitors": {"1": counting.packed(bytes(1 << 20))}}
    )
    assert len(bomb.visitors[1]) == 2048
