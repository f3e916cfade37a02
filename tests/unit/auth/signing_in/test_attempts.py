from appliance.auth.signing_in.attempts import FailedAttempts


def test_a_person_is_told_once_of_attempts(engine, clock, ada, bob):
    attempts = FailedAttempts(engine, clock)
    attempts.note(ada.id, "10.0.0.1")
    clock.now += 5
    attempts.note(ada.id, "10.0.0.2")
    attempts.flush()
    again = FailedAttempts(engine, clock)
    found = again.take(ada.id)
    assert (found.count, found.last, found.last_address) == (2, clock.now, "10.0.0.2")
    assert again.take(ada.id) is None
    assert again.take(bob.id) is None
    again.flush()
    assert FailedAttempts(engine, clock).take(ada.id) is None
