import pytest

from appliance.auth.failures import UnknownTokenError
from appliance.auth.tokens.token import Caveats, InvalidCaveatError, Use
from appliance.auth.tokens.tokens import Tokens
from appliance.auth.tokens.uses import use

ALL = Caveats()


@pytest.fixture
def tokens(engine, clock):
    return Tokens(engine, clock)


def test_a_token_is_found_by_its_secret_alone(tokens, engine, ada):
    issued = tokens.create(ada.id, " my   script ", ALL)
    assert tokens.find(issued.secret) is issued.token
    assert issued.token.label == "my script"
    assert tokens.find(issued.secret[:-1]) is None
    assert tokens.find(issued.secret.removeprefix("gat_")) is None
    assert issued.secret not in repr(issued)
    with engine.connect() as connection:
        assert issued.secret not in str(connection.exec_driver_sql("SELECT * FROM tokens").all())


def test_it_ends_when_it_was_said_to(tokens, clock, ada):
    issued = tokens.create(ada.id, "x", Caveats(until=clock.now + 60))
    assert tokens.find(issued.secret)
    clock.now += 60
    assert tokens.find(issued.secret) is None
    assert tokens.by_id(issued.token.id) is None
    assert tokens.of(ada.id) == [issued.token]


def test_it_survives_a_restart_with_its_limits_and_last_use(tokens, engine, clock, ada):
    caveats = Caveats(("a", "b"), (Use.PREDICT,), ("10.0.0.0/8", "2001:db8::/32"), clock.now + 60)
    issued = tokens.create(ada.id, "x", caveats)
    clock.now += 5
    tokens.find(issued.secret)
    tokens.tidy()
    again = Tokens(engine, clock).of(ada.id)[0]
    assert (again.caveats, again.last_used) == (caveats, clock.now)


def test_only_its_owner_revokes_it(tokens, engine, clock, ada, bob):
    issued = tokens.create(ada.id, "x", ALL)
    with pytest.raises(UnknownTokenError):
        tokens.revoke(issued.token.id, bob.id)
    assert tokens.revoke(issued.token.id, ada.id) is issued.token
    assert tokens.find(issued.secret) is None
    assert Tokens(engine, clock).all() == []


@pytest.mark.parametrize("networks", [("10.0.0.1/8",), ("somewhere",), ("10.0.0.0/33",)])
def test_what_is_no_network_is_refused(tokens, ada, networks):
    with pytest.raises(InvalidCaveatError):
        tokens.create(ada.id, "x", Caveats(networks=networks))


def test_a_token_that_is_over_already_is_refused(tokens, clock, ada):
    with pytest.raises(InvalidCaveatError):
        tokens.create(ada.id, "x", Caveats(until=clock.now))
    with pytest.raises(InvalidCaveatError):
        tokens.create(ada.id, "  ", ALL)


@pytest.mark.parametrize(
    ("address", "good"),
    [("10.1.2.3", True), ("11.1.2.3", False), ("2001:db8::5", True), ("", False), ("x", False)],
)
def test_where_a_token_may_be_used_from(address, good):
    caveats = Caveats(networks=("10.0.0.0/8", "2001:db8::/32"))
    assert caveats.allow_address(address) is good
    assert ALL.allow_address(address)


@pytest.mark.parametrize(
    ("uri", "prefix", "expected"),
    [
        ("/config", "", Use.PREDICT),
        ("/app/config", "/app", Use.PREDICT),
        ("/app/gradio_api/info?serialize=False", "/app", Use.PREDICT),
        ("/app/gradio_api/call/f", "/app", Use.PREDICT),
        ("/app/gradio_api/queue/join", "/app", Use.PREDICT),
        ("/app/gradio_api/file=/tmp/a%20b.png", "/app", Use.PREDICT),
        ("/app/gradio_api/mcp/", "/app", Use.PREDICT),
        ("/app/gradio_api/upload?upload_id=1", "/app", Use.UPLOAD),
        ("/app/gradio_api/upload_progress?upload_id=1", "/app", Use.UPLOAD),
        ("/app/", "/app", None),
        ("/app/admin", "/app", None),
        ("/app/admin?/gradio_api/call/f", "/app", None),
        ("/app/gradio_api/../admin", "/app", None),
        ("/app/gradio_api/call/../../admin", "/app", None),
        ("/app/gradio_api/call/..%2F..%2fadmin", "/app", None),
        ("/app/gradio_api/call/%2e%2E", "/app", None),
        ("/app/gradio_api/file=/tmp/a..b.png", "/app", Use.PREDICT),
        ("/app//gradio_api/call/f", "/app", None),
        ("/app/gradio_api/vibe-edit", "/app", None),
        ("/other/gradio_api/call/f", "/app", None),
        ("/application/config", "/app", None),
        ("/app/%67radio_api/call/f", "/app", None),
        ("", "", None),
    ],
)
def test_what_of_an_app_a_limited_token_reaches(uri, prefix, expected):
    assert use(uri, prefix) is expected
