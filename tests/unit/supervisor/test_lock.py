import pytest

from appliance.supervisor.lock import AlreadyRunningError, Holder, held, running

HOLDER = Holder(4711, "/srv/appliance.yaml", ("127.0.0.1:8080",))


def test_nobody_holds_a_folder_that_was_never_used(tmp_path):
    assert running(tmp_path / "lock") is None


def test_the_holder_is_known_while_it_holds(tmp_path):
    with held(tmp_path / "lock", HOLDER):
        assert running(tmp_path / "lock") == HOLDER
    assert running(tmp_path / "lock") is None


def test_a_second_one_is_told_who_holds(tmp_path):
    with (
        held(tmp_path / "lock", HOLDER),
        pytest.raises(AlreadyRunningError, match="process 4711 for"),
        held(tmp_path / "lock", Holder(1, "other", ())),
    ):
        pass


def test_looking_does_not_disturb_the_next_holder(tmp_path):
    with held(tmp_path / "lock", HOLDER):
        pass
    assert running(tmp_path / "lock") is None
    with held(tmp_path / "lock", HOLDER):
        assert running(tmp_path / "lock") == HOLDER


def test_what_another_version_wrote_is_understood(tmp_path):
    with held(tmp_path / "lock", HOLDER):
        (tmp_path / "lock").write_text('{"pid": 7, "file": "/a.yaml", "listens": [":80"]}')
        assert running(tmp_path / "lock") == Holder(7, "/a.yaml", ())
