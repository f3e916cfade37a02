"""What the doctor asks of a real authority."""

from datetime import UTC, datetime, timedelta

from appliance.doctor.network import Internet
from tests.integration.certs.pebble import Pebble


def test_the_time_is_told_by_an_authority_whose_certificate_nobody_knows(pebble: Pebble) -> None:
    told = Internet().clock(pebble.directory)
    assert told is not None
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=5)
