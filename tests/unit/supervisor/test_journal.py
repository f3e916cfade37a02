from appliance.supervisor.journal import Journal


def test_the_last_lines_are_found(tmp_path):
    journal = Journal(tmp_path / "logs" / "x.log")
    with journal.open() as log:
        log.write(b"one\ntwo\nthree\n")
    assert journal.tail(2) == ["two", "three"]


def test_lines_before_a_run_are_not_taken_for_its_own(tmp_path):
    journal = Journal(tmp_path / "x.log")
    with journal.open() as log:
        log.write(b"former\n")
    since = journal.size
    assert journal.tail(1, since) == []
    with journal.open() as log:
        log.write(b"own\n")
    assert journal.tail(5, since) == ["own"]


def test_a_long_file_is_set_aside_while_its_writer_goes_on(tmp_path):
    journal = Journal(tmp_path / "x.log", limit=10)
    with journal.open() as log:
        log.write(b"more than ten bytes\n")
        journal.trim()
        log.write(b"next\n")
    assert (tmp_path / "x.log").read_bytes() == b"next\n"
    assert (tmp_path / "x.log.1").read_bytes() == b"more than ten bytes\n"


def test_a_short_file_stays(tmp_path):
    journal = Journal(tmp_path / "x.log", limit=100)
    with journal.open() as log:
        log.write(b"short\n")
    journal.trim()
    assert journal.tail(1) == ["short"]
    assert not (tmp_path / "x.log.1").exists()


def test_a_file_nobody_wrote_is_empty(tmp_path):
    assert Journal(tmp_path / "x.log").tail(3) == []
    assert Journal(tmp_path / "x.log").size == 0
