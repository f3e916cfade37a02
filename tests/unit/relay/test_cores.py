import pytest

from appliance.relay.cores import MOST, cores, worker_count


@pytest.mark.parametrize(
    ("cores", "workers"), [(1, 1), (2, 1), (3, 1), (4, 2), (6, 3), (16, 8), (128, MOST)]
)
def test_half_of_the_cores_and_one_worker_on_few(cores: int, workers: int) -> None:
    assert worker_count("auto", cores) == workers


def test_what_is_asked_for_is_done() -> None:
    assert worker_count(5, 2) == 5
    assert cores() >= 1
