"""What is shown of the facts."""

from pathlib import Path

from appliance.cli._addresses import in_force
from appliance.config.addresses import overview
from appliance.config.loading import load_text
from appliance.config.naming import naming
from appliance.config.schema import Config
from appliance.control.board import Facts
from appliance.control.published import Published
from appliance.control.snapshot import snapshot
from appliance.control.status import ConfigStatus, Status

YAML = "domain: new.org\ntls: {mode: certbot}\n"
OK = ConfigStatus(file="appliance.yaml", state="ok")


def test_while_names_wait_those_of_before_are_told_and_what_they_wait_for() -> None:
    coming = load_text(YAML, Path("appliance.yaml")).config
    before = coming.model_copy(update={"domain": "old.org"})
    facts = Facts(
        config=before,
        text=YAML,
        config_status=OK,
        coming=coming,
        awaited=("new.org", "hello.new.org"),
        lasting=naming(before),
    )
    status = snapshot(facts, Published()).status
    (notice,) = status.notices
    assert notice.code == "names-wait"
    assert "at https://old.org, not yet at https://new.org" in notice.message
    assert "new.org, hello.new.org" in notice.message
    # Commands show the addresses that work.
    told = Status.model_validate_json(status.model_dump_json())
    assert overview(in_force(told)) == "https://old.org"


def test_names_that_wait_for_nothing_are_the_yamls() -> None:
    config = Config.model_validate({"domain": "new.org", "tls": {"mode": "certbot"}})
    facts = Facts(config=config, text=YAML, config_status=OK, lasting=naming(config))
    status = snapshot(facts, Published()).status
    assert status.notices == ()
    assert overview(in_force(status)) == "https://new.org"
