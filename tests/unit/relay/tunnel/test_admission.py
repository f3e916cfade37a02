from appliance.relay.tunnel.admission import Admission


def test_one_address_does_not_fill_the_room() -> None:
    room: Admission[int] = Admission(limit=10, limit_per_address=2)
    assert [room.admit(number, "a") for number in range(4)] == [None, None, 2, 3]
    assert room.admit(4, "b") is None
    assert len(room) == 3


def test_the_oldest_makes_room() -> None:
    room: Admission[int] = Admission(limit=2, limit_per_address=2)
    for number in range(2):
        assert room.admit(number, str(number)) is None
    assert room.admit(2, "2") == 0
    assert room.admit(3, "0") == 1
    assert len(room) == 2


def test_who_logged_in_or_left_makes_room_for_its_address() -> None:
    room: Admission[int] = Admission(limit=10, limit_per_address=1)
    room.admit(1, "a")
    assert room.admit(2, "a") == 2
    room.release(2)
    assert room.admit(3, "a") == 3
    room.release(1)
    room.release(1)
    assert room.admit(4, "a") is None
