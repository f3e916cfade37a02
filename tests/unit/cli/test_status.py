import pytest

from appliance.apps.model import Problem
from appliance.cli.status import lines
from appliance.control.status import Notice
from appliance.relay.model import RelayStatus
from tests.unit.cli.conftest import app, status

SHARING = "apps: {hello: {source: .}}\nshare: {}\n"


@pytest.mark.parametrize(
    ("relay", "says"),
    [
        (None, "! Shares   the relay has not answered yet"),
        (RelayStatus(version=1, listening=False, tls=False), "0 live; no client can connect now"),
        (RelayStatus(version=1, listening=True, tls=False), "0 live; clients connect to port 7000"),
    ],
)
def test_it_says_whether_clients_can_share(relay, says):
    told = status(app(), text=SHARING).model_copy(update={"relay": relay})
    assert says in "\n".join(line.plain for line in lines(told))


def test_a_relay_that_went_away_gets_no_tick_for_what_it_said_before():
    away = Notice(code="relay-away", message="The relay does not answer.", remedy="Look.")
    known = RelayStatus(version=1, listening=False, tls=False, away=2)
    update = {"relay": known, "notices": (away,)}
    told = status(app(), text=SHARING).model_copy(update=update)
    assert "! Shares   the relay does not answer" in [line.plain for line in lines(told)]


def test_an_address_behind_another_port_gets_no_tick():
    differ = Notice(code="ports-differ", message="Port 80, not 81.", remedy="Run `scripts/up`.")
    told = status(app()).model_copy(update={"notices": (differ,)})
    assert [line.plain[0] for line in lines(told) if "Address" in line.plain] == ["!"]
    assert [line.plain[0] for line in lines(status(app())) if "Address" in line.plain] == ["✓"]


def test_of_a_broken_app_it_says_what_to_do():
    problem = Problem(code="file-missing", summary="There is no app.py.", remedy="Set `file`.")
    told = "\n".join(line.plain for line in lines(status(app(problem=problem))))
    assert "    hello: There is no app.py. → Set `file`." in told
