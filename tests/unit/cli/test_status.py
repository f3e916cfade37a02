import pytest

from appliance.cli.status import lines
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
