"""People by the command line and the YAML, on a control process that runs."""

import json
import re

import pytest
from click.testing import Result
from typer.testing import CliRunner

from appliance.cli import VERBS, program
from tests.integration.control.conftest import TWO, Appliance
from tests.running import http, statuses
from tests.running.traefik import until
from tests.running.upstream import Upstream

BLOG = "https://blog.example.org"
GUARDED = TWO.replace(
    "chat: {source: chat}",
    "chat: {source: chat, access: {users: [ada], groups: [lab]},"
    f" embed: {{origins: [{BLOG}]}}}}",
)
WITH_AUTH = f"auth: {{}}\n{GUARDED}"


class Cli:
    """`appliance` on this appliance."""

    def __init__(self, running: Appliance) -> None:
        self.running = running

    def run(self, *words: str, typed: str = "") -> Result:
        """In this process: Python takes longer to start than all of a command."""
        places = {"APPLIANCE_FILE": str(self.running.yaml), "APPLIANCE_RUN": str(self.running.run)}
        environment = {**places, "COLUMNS": "200"}
        return CliRunner().invoke(program(*VERBS), [*words], input=typed, env=environment)

    def __call__(self, *words: str, typed: str = "") -> str:
        done = self.run(*words, typed=typed)
        assert done.exit_code == 0, done.exception or done.output
        return done.stdout

    def json(self, *words: str) -> list[dict]:
        return json.loads(self(*words, "--json"))


@pytest.fixture
def cli(running: Appliance, upstream: Upstream) -> Cli:
    """Two apps run, `chat` for ada and the lab."""
    running.yaml.write_text(WITH_AUTH)
    running.host.say(statuses.live("hello", upstream.url), statuses.live("chat", upstream.url))
    until(lambda: running.status()["text"] == WITH_AUTH)
    until(lambda: running.get("/chat/").status_code == 401)
    until(lambda: running.status()["routes"]["live"])
    return Cli(running)


def bearer(running: Appliance, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return http.get(f"{running.proxy.local}/chat/", headers=headers).status_code


def test_somebody_is_made_gets_a_token_and_is_kept_out(cli: Cli, running: Appliance) -> None:
    assert "no-admin" in str(running.status()["notices"])
    assert "may sign in" in cli(
        "users", "create", "eve", "-g", "lab", "--admin", typed="a b c d e f\n"
    )
    until(lambda: "no-admin" not in str(running.status()["notices"]))
    token = cli("tokens", "create", "eve", "nightly job", "--app", "chat").strip().splitlines()[-1]
    assert bearer(running, token) == 200
    assert cli.json("tokens")[0]["label"] == "nightly job"
    assert token not in cli("tokens")

    assert "eve is in the group lab" in cli("access", "eve", "chat")
    stranger = cli.run("access", "-", "chat")
    assert (stranger.exit_code, "has to sign in" in stranger.stdout) == (1, True)

    cli("users", "disable", "eve")
    assert bearer(running, token) == 401
    cli("users", "enable", "eve")
    assert bearer(running, token) == 200
    [issued] = cli.json("tokens", "list", "eve")
    cli("tokens", "revoke", issued["id"])
    assert bearer(running, token) == 401

    told = [json.loads(line)["kind"] for line in cli("audit", "--json").splitlines()]
    expected = ["person.created", "token.created", "person.changed", "token.revoked"]
    assert [kind for kind in told if kind in expected] == [
        "person.created",
        "token.created",
        "person.changed",
        "person.changed",
        "token.revoked",
    ]
    assert token not in running.log()
    cli("users", "remove", "eve", "--yes")
    assert cli.json("users") == []


def test_the_yaml_names_people_too_and_wins(cli: Cli, running: Appliance) -> None:
    hashed = cli("users", "hash-password", typed="a long password\n").strip()
    user = f"{{password_hash: '{hashed}', groups: [lab], full_name: Ada L.}}"
    running.yaml.write_text(f"auth: {{users: {{ada: {user}}}}}\n{GUARDED}")
    until(lambda: [row["name"] for row in cli.json("users")] == ["ada"])
    [row] = cli.json("users")
    assert (row["declared"], row["groups"], row["full_name"]) == (True, ["lab"], "Ada L.")
    assert hashed not in json.dumps(row)

    form = {"username": "ada", "password": "a long password"}
    answer = http.post(f"{running.proxy.local}/chat/login", data=form)
    assert answer.status_code == 200
    cookie = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
    assert http.get(f"{running.proxy.local}/chat/", headers=cookie).status_code == 200

    refused = cli.run("users", "disable", "ada")
    assert "auth.users.ada" in str(refused.exception)
    running.yaml.write_text(WITH_AUTH)
    until(lambda: cli.json("users")[0]["disabled"])
    by_the_file = [
        (json.loads(line)["kind"], json.loads(line)["subject"])
        for line in cli("audit", "--kind", "person", "--json").splitlines()
        if json.loads(line)["actor"] == "appliance.yaml"
    ]
    assert by_the_file == [("person.declared", "ada"), ("person.withdrawn", "ada")]
    assert "There are older ones" in cli.run("audit", "--most", "1").stderr
    assert http.get(f"{running.proxy.local}/chat/", headers=cookie).status_code == 401
    cli("users", "remove", "ada", "--yes")


def test_the_name_of_somebody_who_is_there_is_another_persons_in_the_yaml(
    cli: Cli, running: Appliance
) -> None:
    cli("users", "create", "ada", typed="a b c d e f\n")
    token = cli("tokens", "create", "ada", "hers").strip().splitlines()[-1]
    assert bearer(running, token) == 200
    running.yaml.write_text(f"auth: {{users: {{ada: {{admin: true}}}}}}\n{GUARDED}")
    until(lambda: bearer(running, token) == 401)
    until(lambda: [row["admin"] for row in cli.json("users")] == [True])
    running.yaml.write_text(WITH_AUTH)
    until(lambda: bearer(running, token) == 200)
    assert [row["declared"] for row in cli.json("users")] == [False]
    told = [json.loads(line)["kind"] for line in cli("audit", "--json").splitlines()]
    assert {"person.set-aside", "person.put-back"} <= set(told)
    cli("users", "remove", "ada", "--yes")


def test_apps_learn_the_key_of_the_assertions(cli: Cli, running: Appliance) -> None:
    until(lambda: all(app.identity.keys for app in running.host.desired[-1].apps))
    hello, chat = running.host.desired[-1].apps
    assert hello.identity.keys[0].startswith("-----BEGIN PUBLIC KEY-----")
    assert (hello.identity.required, chat.identity.required) == (False, True)


def test_a_restart_of_control_signs_nobody_out(cli: Cli, running: Appliance) -> None:
    cli("users", "create", "eve", "-g", "lab", typed="a b c d e f\n")
    token = cli("tokens", "create", "eve", "x").strip().splitlines()[-1]
    key = running.host.desired[-1].apps[0].identity.keys
    running.stop("control")
    assert bearer(running, token) >= 500
    running.start("control")
    until(lambda: bearer(running, token) == 200)
    until(lambda: running.host.desired[-1].apps[0].identity.keys == key)
    cli("users", "remove", "eve", "--yes")


def test_a_site_gets_a_token_and_lines_that_carry_it(cli: Cli, running: Appliance) -> None:
    cli("users", "create", "blog", "--group", "lab", "--no-password")
    refused = cli.run("tokens", "embed", "blog", "chat", "https://evil.example")
    assert "apps.chat.embed.origins" in str(refused.exception)
    told = cli("tokens", "embed", "blog", "chat", BLOG, "--expires", "12h", "--only", "predict")
    [found] = set(re.findall(r"gat_[\w-]+", told))
    assert f"embedded/enter?token={found}" in told
    assert "<gradio-app" in told
    assert "uses chat as blog" in told
    [issued] = cli.json("tokens", "list", "blog")
    assert (issued["origin"], issued["apps"], issued["uses"]) == (BLOG, ["chat"], ["predict"])

    def cookies() -> str:
        """What a frame on the site gets."""
        url = f"{running.proxy.local}/-/apps/chat/embedded/enter?token={found}"
        headers = {"Sec-Fetch-Dest": "iframe", "Referer": f"{BLOG}/"}
        answer = http.get(url, headers=headers)
        assert answer.status_code == 303
        return answer.headers.get("set-cookie", "")

    assert found in cookies()
    cli("tokens", "revoke", issued["id"])
    assert found not in cookies()


def test_links_are_good_for_what_they_are_made_for(cli: Cli) -> None:
    first, second = (cli("users", "setup").split()[-1] for _ in range(2))
    assert first != second
    assert "/-/link/" in first
    assert "/-/link/" in cli("users", "invite", "bob", "-g", "lab")
    assert "nobody called 'bob'" in str(cli.run("users", "reset", "bob").exception)


def test_its_numbers_are_read_from_its_socket(cli: Cli, running: Appliance) -> None:
    assert running.get("/chat/").status_code == 401
    text = running.ask("/metrics").text
    assert 'appliance_auth_decisions_total{outcome="sign-in"}' in text
