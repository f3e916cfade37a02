import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.config.findings import ConfigError, Finding
from appliance.config.loading import Loaded, load, load_text

FILE = Path("appliance.yaml")


def findings(text):
    with pytest.raises(ConfigError) as refused:
        load_text(text, FILE)
    return refused.value.findings


def finding(text):
    (only,) = findings(text)
    return only


def place(text):
    found = finding(text)
    return found.line, found.column


def test_an_empty_file_is_the_default_configuration():
    for text in ("", "# nothing yet\n", "---\n", "apps:\n"):
        assert load_text(text, FILE).config.apps == {}


@pytest.mark.parametrize("content", ["", " \n\n"])
def test_what_a_full_disk_leaves_of_a_file_is_no_wish_to_run_nothing(tmp_path, content):
    path = tmp_path / "appliance.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match="the file is empty; to run nothing"):
        load(path)


def test_a_section_with_nothing_below_it_is_as_if_absent():
    config = load_text("ports:\napps:\n  a:\n    source: x\n    limits:\n    env:\n", FILE).config
    assert config.ports.local == 8080
    assert config.apps["a"].env == {}


def test_loaded_keeps_the_text_and_the_path(tmp_path):
    path = tmp_path / "appliance.yaml"
    path.write_text("domain: example.org\n")
    loaded = load(path)
    assert isinstance(loaded, Loaded)
    assert (loaded.text, loaded.path) == ("domain: example.org\n", path)
    assert loaded.config.domain == "example.org"


def test_all_findings_come_at_once_and_in_the_order_of_the_file():
    found = findings("runtime: podman\nfoo: 1\nports: {http: no, local: 0}\n")
    assert [(item.line, item.column) for item in found] == [(1, 10), (2, 1), (3, 15), (3, 26)]


def test_findings_have_the_place_of_the_key_or_the_value():
    assert place("apps:\n  hello:\n    source: x\n    replcas: 2\n") == (4, 5)
    assert place("apps:\n  hello:\n    source: x\n    replicas: two\n") == (4, 15)
    assert place("apps: {hello: {source: x, files: {allowed: [a, 5]}}}\n") == (1, 48)


def test_a_missing_key_is_reported_at_its_section():
    found = finding("apps:\n  hello:\n    replicas: 2\n")
    assert (found.line, found.column) == (2, 3)
    assert (found.code, found.key) == ("missing-key", "apps.hello.source")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("domian: example.org\n", "`domain`"),
        ("Domain: example.org\n", "`domain`"),
        ("apps: {a: {source: x, start-timeout: 5m}}\n", "`start_timeout`"),
        ("apps: {a: {source: x, limits: {memroy: 2g}}}\n", "`memory`"),
        ("apps: {a: {source: {git: https://x.org/y, brnch: v1, reff: v1}}}\n", None),
        ("apps: {a: {source: x, memory: 2g}}\n", "`limits.memory`, a section below"),
        ("access: pubic\n", "`public`"),
        ("apps: {My App: {source: x}}\n", "`my-app`"),
        ("domain: Demos.Example.org\n", "`demos.example.org`"),
        ("apps: {a: {source: x, python: 3.10}}\n", '"3.10"'),
        ("ports: {http: '80'}\n", "80 without quotes"),
        ("analytics: {gradio: off}\n", "false"),
        ("apps: {a: {source: x, files: {allowed: /data}}}\n", "`[/data]`"),
        ("domain: https://demos.example.org/\n", "`demos.example.org`"),
        ("domain: demos.example.org:443\n", "`demos.example.org`"),
        ("domain:demos.example.org\n", "`domain: demos.example.org`, with a space"),
        ("apps: {a: source:x}\n", "`source: x`, with a space"),
        ("tls: certbot\n", "`{mode: certbot}`"),
        ("tls: {mode: letsencrypt}\n", "`certbot`"),
        ("share: true\n", "`{}`"),
        ("share: {expires: 3 days}\n", "`3d`"),
        ("share: {expires: never}\n", "`none`"),
        ("share: {expires: 72}\n", None),
        ("apps: {a: {source: x, access: everyone}}\n", "`public`"),
        ("apps: {a: {source: x, embed: [https://a.org]}}\n", "`{origins: […]}`"),
        ("apps: {a: {source: x, embed: {origins: [a.org]}}}\n", "`https://a.org`"),
        ("apps: {a: {source: x, embed: {origins: [http://a.org:8/b]}}}\n", "`http://a.org:8`"),
        ("tls: {mode: “files”}\n", '`"files"`'),
    ],
)
def test_the_nearest_is_named(text, nearest):
    assert findings(text)[0].nearest == nearest


def test_a_space_from_a_web_page_is_told_from_an_ordinary_one():
    found = finding("apps:\n\u00a0 a: {source: x}\n")
    assert (found.line, found.column) == (2, 1)
    assert found.sentence.endswith("is U+00A0, which only looks like one; expected ordinary spaces")


def test_an_unknown_key_without_a_near_one_gets_the_list():
    assert finding("zzz: 1\n").expected.startswith("one of domain, access, ports")


def test_an_unquoted_version_is_explained():
    found = finding("apps: {a: {source: x, python: 3.10}}\n")
    assert found.problem == "cannot be `3.10`"
    assert found.expected == ("a Python version in quotes; without them YAML takes it for a number")


@pytest.mark.parametrize(
    "source", ["5", "[a]", "true", "{git: 5}", "{gitt: x}", "{git: https://x.org/y, str: 1}", "''"]
)
def test_no_word_of_the_validator_reaches_people(source):
    for found in findings(f"apps: {{a: {{source: {source}}}}}\n"):
        words = str(found)
        for jargon in ("GitSource", "union", "pattern", "pydantic", "Input", "str]", ".str", "^"):
            assert jargon not in words.replace("a.source.str:", "")


def test_a_typo_in_a_git_source_is_about_the_typo_only():
    found = findings("apps: {a: {source: {git: https://x.org/y, reff: v1}}}\n")
    assert [item.key for item in found] == ["apps.a.source.reff"]


@pytest.mark.parametrize(
    "keys",
    [
        "file: /etc/passwd",
        "file: ../app.py",
        "file: ''",
        "path: /",
        "path: /a/../b",
        "path: /a b",
        "host: http://x.org",
        "host: -x.org",
        "env: {A-B: x}",
        "env: {A: [x]}",
        "secrets: {A: {}}",
        "secrets: {A: {env: B, file: c}}",
        "limits: {cpus: .inf}",
        "limits: {cpus: .nan}",
        "limits: {cpus: 0}",
        "limits: {gpus: -1}",
        "limits: {pids: 1}",
        "replicas: 0",
        "replicas: 1.5",
        "start_timeout: 0s",
        "cache: {temp: {check_every: 0s}}",
        "embed: {origins: ['*']}",
        "source: {git: https://x.org/y, ref: --upload-pack=x}",
        "source: {git: 'ext::sh -c x'}",
        "source: {git: https://x.org/y, folder: ../..}",
        'env: {A: "a\\0b"}',
    ],
)
def test_values_that_cannot_be_meant_are_refused_once(keys):
    head = "" if keys.startswith("source") else "source: x, "
    assert len(findings(f"apps: {{a: {{{head}{keys}}}}}\n")) == 1


def test_a_secret_that_stands_in_the_file_is_not_repeated():
    for text in (
        "apps: {a: {source: x, secrets: {TOKEN: hunter2}}}\n",
        "apps: {a: {source: x, env: {TOKEN: {v: hunter2}}}}\n",
        "apps: {a: {source: x, env: {TOKEN: 47114711}}}\n",
    ):
        words = " ".join(map(str, findings(text)))
        assert "hunter2" not in words
        assert "47114711" not in words


def test_keys_and_values_cannot_steer_a_terminal():
    found = finding('"\\e[31mred": 1\n')
    assert "\x1b" not in str(found)


def test_a_missing_file_is_reported_with_its_folder(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file") as refused:
        load(tmp_path / "appliance.yaml")
    assert refused.value.findings[0].code == "file-missing"


@pytest.mark.parametrize(
    ("make", "words"),
    [(Path.mkdir, "a folder; remove it and put the file in its place"), (os.mkfifo, "not a file")],
)
def test_what_is_not_a_file_is_refused_without_waiting_for_it(tmp_path, make, words):
    make(tmp_path / "appliance.yaml")
    with pytest.raises(ConfigError, match=words):
        load(tmp_path / "appliance.yaml")


def test_a_link_that_leads_in_a_circle_is_refused(tmp_path):
    path = tmp_path / "appliance.yaml"
    path.symlink_to(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path)


def test_bytes_that_are_not_utf8_are_reported_where_they_stand(tmp_path):
    path = tmp_path / "appliance.yaml"
    path.write_bytes("# grüß\ndomain: ".encode() + b"\xff\xfe\n")
    with pytest.raises(ConfigError) as refused:
        load(path)
    found = refused.value.findings[0]
    assert (found.code, found.line, found.column) == ("not-utf8", 2, 9)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "appliance.yaml"
    path.write_bytes(b"\xef\xbb\xbfdomain: example.org\r\n")
    assert load(path).config.domain == "example.org"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "appliance.yaml"
    with path.open("wb") as file:
        file.truncate(10 * 2**20)
    with pytest.raises(ConfigError, match="larger than 256 KB"):
        load(path)


def test_findings_are_plain_values():
    assert finding("a: 1\n") == Finding(
        code="unknown-key",
        file="appliance.yaml",
        line=1,
        column=1,
        key="a",
        problem="unknown key",
        expected="one of domain, access, ports, tls, runtime, apps, auth, rate_limit, share,"
        " storage, analytics, visits",
    )


YAML_TEXT = st.text(alphabet=st.sampled_from("ab:-?[]{}&*!|>'\"%@`#,. \n\t\\0x1<~"), max_size=60)


def outcome(text):
    """The findings about any text; none if it is loaded."""
    try:
        load_text(text, FILE)
    except ConfigError as refused:
        return refused.findings
    return ()


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), YAML_TEXT))
def test_any_text_is_either_loaded_or_refused(text):
    for item in outcome(text):
        assert 1 <= item.line <= len(text) + 1
        assert item.problem


KEYS = st.sampled_from(
    (
        *("domain", "access", "ports", "local", "http", "runtime", "apps", "hello", "source"),
        *("git", "ref", "file", "path", "host", "python", "env", "secrets", "files", "allowed"),
        *("cache", "examples", "temp", "limits", "memory", "gpus", "embed", "origins", "replicas"),
    )
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_structure_is_either_loaded_or_refused_with_places(data):
    # JSON is YAML.
    text = json.dumps(data, indent=1)
    for item in outcome(text):
        assert 1 <= item.line <= text.count("\n") + 1
        assert item.key or item.code == "syntax"
