import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config.access import rate_limit
from appliance.config.findings import ConfigError
from appliance.config.loading import load_text
from appliance.config.planning import plan
from appliance.config.rates import Rate, RateLimit, format_rate, parse_rate
from appliance.config.schema import Config


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("5/s", Rate(5, 1)),
        ("30/min", Rate(30, 60)),
        (" 500 / h ", Rate(500, 3600)),
        ("2000/d", Rate(2000, 86_400)),
    ],
)
def test_a_rate_is_calls_in_a_time(written, rate):
    assert parse_rate(written) == rate


@given(st.builds(Rate, st.integers(1, 999_999_999), st.sampled_from([1, 60, 3600, 86_400])))
def test_a_written_rate_reads_the_same(rate):
    assert parse_rate(format_rate(rate)) == rate


@pytest.mark.parametrize("written", ["30", "0/min", "-1/s", "1.5/s", "30/minute", 30, None, True])
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError, match="such as 5/s"):
        parse_rate(written)


def test_a_mistake_is_shown_where_it_is(tmp_path):
    text = "auth: {}\nrate_limit:\n  per_token: many\n"
    with pytest.raises(ConfigError) as caught:
        load_text(text, tmp_path / "appliance.yaml")
    assert "appliance.yaml:3:14" in str(caught.value)
    assert "30/min" in str(caught.value)


def test_an_app_of_its_own_rate_takes_none_of_the_others():
    config = Config.model_validate(
        {
            "auth": {},
            "rate_limit": {"per_address": "5/s"},
            "apps": {
                "own": {"source": "x", "rate_limit": {"per_token": "1/h"}},
                "other": {"source": "x"},
            },
        }
    )
    assert rate_limit(config, "own") == RateLimit(per_token=Rate(1, 3600))
    assert rate_limit(config, "other") == RateLimit(per_address=Rate(5, 1))


def test_where_nobody_counts_a_limit_is_a_mistake(tmp_path):
    text = "apps:\n  hello:\n    source: .\n    rate_limit: {per_address: 5/s}\n"
    with pytest.raises(ConfigError) as caught:
        load_text(text, tmp_path / "appliance.yaml")
    assert "appliance.yaml:4:5" in str(caught.value)
    assert "`auth: {}`" in str(caught.value)


def test_a_new_limit_replaces_no_instance():
    app = {"source": "x"}
    old = Config.model_validate({"auth": {}, "apps": {"hello": app}})
    new = Config.model_validate(
        {"auth": {}, "apps": {"hello": {**app, "rate_limit": {"per_token": "9/s"}}}}
    )
    (step,) = plan(old, new).steps
    assert (step.action.value, step.keys) == ("note", ("rate_limit",))
