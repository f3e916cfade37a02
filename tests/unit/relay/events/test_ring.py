"""What is kept of what happened, and where a reader goes on."""

import json

import pytest

from appliance.relay.events.ring import Ring


def filled(count: int, **bounds: int) -> Ring:
    ring = Ring(**bounds)
    for number in range(1, count + 1):
        ring.put({"event": "share.opened", "number": number})
    return ring


def read(ring: Ring, place: int | None) -> list[dict]:
    """All that comes after a place, as a reader takes it apart."""
    found = []
    while True:
        place, frames = ring.after(place)
        if not frames:
            return found
        for frame in frames.decode().removesuffix("\n\n").split("\n\n"):
            event_id, name, data = frame.split("\n")
            event = json.loads(data.removeprefix("data: "))
            assert name == f"event: {event['event']}"
            found.append({**event, "id": event_id.removeprefix("id: ")})


def numbers(events: list[dict]) -> list[int]:
    return [event["number"] for event in events]


def id_of(ring: Ring, place: int) -> str:
    return ring.mark(place).decode().removeprefix("id: ").rstrip()


@pytest.mark.parametrize(("tail", "first"), [(0, 6), (2, 4), (5, 1), (99, 1)])
def test_who_comes_anew_gets_as_many_of_the_newest_as_asked_for(tail, first):
    ring = filled(5)
    assert numbers(read(ring, ring.place(None, tail))) == list(range(first, 6))


def test_who_comes_again_goes_on_where_each_event_left_him():
    ring = filled(5)
    for event in read(ring, 0):
        rest = read(ring, ring.place(event["id"], tail=99))
        assert numbers(rest) == list(range(event["number"] + 1, 6))


def test_a_mark_is_a_place_as_well():
    ring = filled(5)
    assert ring.place(id_of(ring, 3)) == 3


def test_what_is_gone_is_told_once_and_then_what_there_is():
    ring = filled(5)
    place = ring.place(id_of(ring, 1))
    for number in range(6, 10):
        ring.put({"event": "share.away", "number": number})
    small = filled(9, most=3)
    lost, *rest = read(small, place)
    assert (lost["event"], lost["missed"]) == ("lost", 5)
    assert numbers(rest) == [7, 8, 9]
    # Who was cut off just after he was told so is not told again.
    assert numbers(read(small, small.place(lost["id"]))) == [7, 8, 9]


@pytest.mark.parametrize("last", ["", "nonsense", "00000000-3", "-", "1", "x" * 5000])
def test_an_id_of_another_start_is_a_place_that_is_not_known(last):
    ring = filled(2)
    lost, *rest = read(ring, ring.place(last))
    assert (lost["event"], lost["missed"]) == ("lost", None)
    assert numbers(rest) == [1, 2]


@pytest.mark.parametrize("number", ["3", "-1", "²", "1e3", "9" * 5000, ""])
def test_a_place_that_cannot_be_is_not_known(number):
    ring = filled(2)
    start = id_of(ring, 0).partition("-")[0]
    assert ring.place(f"{start}-{number}") is None


def test_two_starts_have_no_id_in_common():
    assert id_of(Ring(), 0) != id_of(Ring(), 0)


def test_no_more_bytes_are_kept_than_may_be():
    ring = Ring(size=10_000)
    for number in range(100):
        ring.put({"event": "tunnel.refused", "number": number, "text": "x" * 900})
    kept = numbers(read(ring, ring.place(None, 100)))
    assert kept == list(range(100 - len(kept), 100))
    assert 8 <= len(kept) <= 10
    # The newest is always told, whatever its size.
    ring.put({"event": "tunnel.refused", "number": 100, "text": "x" * 20_000})
    assert numbers(read(ring, ring.place(None, 100))) == [100]


def test_much_is_handed_out_in_pieces():
    ring = Ring()
    for number in range(300):
        ring.put({"event": "tunnel.refused", "number": number, "text": "x" * 1000})
    _, piece = ring.after(0)
    assert len(piece) < 70_000
    assert numbers(read(ring, 0)) == list(range(300))


def test_no_word_of_a_stranger_begins_a_line():
    ring = Ring()
    ring.put({"event": "tunnel.refused", "number": 1, "text": "a\nid: 7\r\u2028\x85ü"})
    _, frame = ring.after(0)
    assert len(frame.decode().splitlines()) == 4
    assert read(ring, 0)[0]["text"] == "a\nid: 7\r\u2028\x85ü"
