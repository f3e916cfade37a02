import pytest

from appliance.cli.visits import nobody


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        (None, 30, "Nobody visited in the last 30 days."),
        ("hello", 30, "Nobody visited hello in the last 30 days."),
        ("[red]x", 1, "Nobody visited [red]x in the last day."),
    ],
)
def test_that_nobody_came_is_a_sentence(printed, name, days, words):
    assert printed(nobody(name, days)) == f"{words}\n"
