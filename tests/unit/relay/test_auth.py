import pytest

from appliance.relay.auth import matching_token, privilege_key
from tests.unit.relay import vectors


@pytest.mark.parametrize(("proof", "expected"), vectors.PRIVILEGE_KEYS.items())
def test_privilege_keys(proof: tuple[str, int], expected: str) -> None:
    assert privilege_key(*proof) == expected


def test_the_token_a_client_knows_is_found_among_several() -> None:
    given = privilege_key("second", 1700000000)
    assert matching_token(("first", "second"), given, 1700000000) == "second"


@pytest.mark.parametrize("given", ["", "233d", "ü", privilege_key("other", 1700000000)])
def test_no_token_matches_a_wrong_proof(given: str) -> None:
    assert matching_token(("first", "second"), given, 1700000000) is None


def test_the_time_is_part_of_the_proof() -> None:
    assert matching_token(("first",), privilege_key("first", 1), 2) is None
