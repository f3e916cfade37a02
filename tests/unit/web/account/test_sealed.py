"""What strangers keep for us."""

from datetime import timedelta
from pathlib import Path

from appliance.auth.keys import keys
from appliance.web.account.sealed import SealedOnce
from tests.running.clock import Hands


def test_it_comes_back_once_for_its_use_and_in_time(tmp_path: Path, hands: Hands) -> None:
    sealed = SealedOnce(keys(tmp_path / "a"), hands, timedelta(minutes=10))
    first, second = sealed.put("passkey", {"a": 1}), sealed.put("passkey", {"a": 1})
    assert first != second
    assert sealed.take("provider", first) is None
    assert sealed.take("passkey", first) == {"a": 1}
    for spelling in (first, f"{first}\n", first.replace("A", "A ", 1)):
        assert sealed.take("passkey", spelling) is None
    hands.now += 601
    assert sealed.take("passkey", second) is None


def test_nobody_else_can_make_one(tmp_path: Path, hands: Hands) -> None:
    ours = SealedOnce(keys(tmp_path / "a"), hands, timedelta(minutes=10))
    theirs = SealedOnce(keys(tmp_path / "b"), hands, timedelta(minutes=10))
    for forged in (theirs.put("passkey", {}), "", "é", "x" * 5000):
        assert ours.take("passkey", forged) is None
