from datetime import timedelta

from appliance.auth.shortlived import ShortLived


def test_short_lived_things_are_fetched_once_in_time(clock):
    kept = ShortLived(clock, timedelta(seconds=30), most=3)
    first, second = kept.put("a"), kept.put("b")
    assert kept.look(first) == "a"
    assert kept.take(first) == "a"
    assert kept.take(first) is None
    clock.now += 30
    assert kept.take(second) is None
    for text in "cdefg":
        last = kept.put(text)
    assert len(kept) == 3
    assert kept.take(last) == "g"
