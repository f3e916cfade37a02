from pathlib import Path

import pytest

from appliance.config.findings import ConfigError
from appliance.config.loading import load_text


def found(text):
    """Code, key, line and severity of every finding."""
    try:
        findings = load_text(text, Path("appliance.yaml")).warnings
    except ConfigError as error:
        findings = error.findings
    return [(item.code, item.key, item.line, item.severity) for item in findings]


def app(keys, head=""):
    return f"{head}apps:\n  a:\n    source: x\n    {keys}\n"


def test_a_plain_file_has_no_findings():
    assert found(app("path: /a")) == []


def test_public_access_needs_a_domain():
    assert found("ports: {}\naccess: public\n") == [("no-domain", "access", 2, "error")]


def test_the_two_ports_differ():
    expected = [("same-port", "ports.local", 1, "error")]
    assert found("ports: {local: 80, http: 80}\n") == expected


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("apps:\n  a: {source: x}\n  b: {source: x, path: /a}\n", "apps.b.path"),
        ("apps:\n  a: {source: x, path: /b}\n  b: {source: x}\n", "apps.b"),
        ("domain: x.org\napps: {a: {source: x},\n b: {source: x, host: a.x.org}}\n", "apps.b.host"),
    ],
)
def test_two_apps_cannot_have_one_address(text, key):
    assert found(text) == [("same-address", key, 3, "error")]


def test_one_path_on_two_hosts_is_no_conflict():
    apps = "apps: {a: {source: x, host: a.net}, b: {source: x, host: b.net}, c: {source: x}}\n"
    assert found(f"domain: x.org\n{apps}") == []


def test_an_address_inside_another_is_allowed_with_a_warning():
    text = "apps:\n  a: {source: x}\n  b: {source: x, path: /a/b}\n"
    assert found(text) == [("nested-address", "apps.b.path", 3, "warning")]


def test_an_app_has_a_path_or_a_host():
    text = app("path: /a\n    host: a.net", "domain: x.org\n")
    assert found(text)[-1:] == [("path-and-host", "apps.a.host", 6, "error")]


def test_local_mode_has_no_host_names():
    assert found(app("host: a.net")) == [("host-without-domain", "apps.a.host", 4, "error")]


def test_a_host_rests_while_access_is_local():
    text = app("host: a.net", "domain: x.org\naccess: local\n")
    assert found(text) == [("host-unused", "apps.a.host", 6, "warning")]


def test_the_domain_itself_belongs_to_the_overview():
    assert found(app("host: x.org", "domain: x.org\n")) == [
        ("host-is-domain", "apps.a.host", 5, "error")
    ]


def test_an_ip_address_has_no_sub_domains():
    text = "domain: 192.0.2.7\n"
    assert found(app("replicas: 1", text)) == [("no-sub-domain", "apps.a", 3, "error")]
    assert found(app("path: /a", text)) == [("shared-host", "apps.a.path", 5, "warning")]


@pytest.mark.parametrize(
    ("domain", "expected"),
    [("x.org", "no `path`: the app is then at a.x.org"), ("192.0.2.7", "a name as `domain`")],
)
def test_below_an_address_no_app_is_sent(domain, expected):
    text = app("path: /a", f"domain: {domain}\nauth: {{}}\n")
    [finding] = load_text(text, Path("appliance.yaml")).warnings
    assert expected in str(finding)


@pytest.mark.parametrize("key", ["allowed", "static"])
@pytest.mark.parametrize("path", ["/data", "/data/", "/data/models"])
def test_what_is_blocked_cannot_be_allowed(key, path):
    files = f"files: {{{key}: [{path}], blocked: [/data]}}"
    assert found(app(files)) == [("allowed-inside-blocked", f"apps.a.files.{key}[0]", 4, "error")]


def test_a_part_of_what_is_allowed_may_be_blocked():
    assert found(app("files: {allowed: [/data, pictures], blocked: [/data/private]}")) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [("../x", "path-outside"), ("a/../../x", "path-outside"), ("/", "path-everything")],
)
def test_paths_that_open_too_much_are_refused(path, code):
    assert found(app(f"files: {{allowed: [{path}]}}"))[0][0] == code


def test_a_variable_is_plain_or_secret():
    text = app("env: {A: x}\n    secrets: {A: {env: B}}")
    assert found(text) == [("same-variable", "apps.a.env.A", 4, "error")]


def test_variables_of_the_appliance_are_its_own():
    assert found(app("env: {APPLIANCE_APP: x}"))[0][0::3] == ("own-variable", "error")
    assert found(app("env: {GRADIO_TEMP_DIR: x}"))[0][0::3] == ("own-variable", "warning")


def test_what_looks_like_a_secret_is_asked_about():
    assert found(app("env: {OPENAI_API_KEY: sk-x}"))[0][0::3] == ("secret-in-env", "warning")
    assert found(app("env: {TOKENIZERS_PARALLELISM: 'false', MAX_TOKENS: '5'}")) == []


def test_a_password_in_a_url_is_refused():
    for source in ("https://me:pw@x.org/a.git", "{git: 'https://me:pw@x.org/a.git'}"):
        text = f"apps: {{a: {{source: {source}}}}}\n"
        assert found(text) == [("secret-in-source", "apps.a.source", 1, "error")]


def test_memory_without_a_unit_is_caught():
    with pytest.raises(ConfigError) as refused:
        load_text(app("limits: {memory: 2}"), Path("a.yaml"))
    (finding,) = refused.value.findings
    assert (finding.code, finding.nearest) == ("too-little-memory", "`2g`")


def test_processes_get_no_gpus():
    text = app("limits: {gpus: 1}", "runtime: process\n")
    assert found(text) == [("gpus-need-docker", "apps.a.limits.gpus", 5, "error")]


def auth(keys="", **more):
    return app(more.get("app", "path: /a"), f"auth: {{{keys}}}\n")


def test_an_app_for_members_needs_sign_in():
    expected = [("no-sign-in", "apps.a.access", 4, "error")]
    assert found(app("access: signed-in")) == expected
    assert found(app("access: public")) == []
    assert found(auth(app="access: {groups: [lab]}")) == []


def test_an_app_for_nobody_is_a_mistake():
    assert found(auth(app="access: {}")) == [("nobody", "apps.a.access", 5, "error")]
    assert found(auth("default: {users: []}")) == [("nobody", "auth.default", 1, "error")]


def test_two_people_have_two_addresses():
    users = "users: {ada: {email: a@x.org}, bob: {email: A@x.org}}"
    lower = users.replace("A@", "a@")
    assert found(auth(users)) == found(auth(lower))
    assert found(auth(lower)) == [("same-email", "auth.users.bob.email", 1, "error")]


def test_an_app_beside_the_sign_in_pages_is_trusted_with_them():
    text = "domain: x.org\nauth: {}\napps: {a: {source: x, path: /a}}\n"
    assert found(text) == [("shared-host", "apps.a.path", 3, "warning")]
    assert found(text.replace("auth: {}\n", "\n")) == found(text)
