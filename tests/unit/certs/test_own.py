"""Files of one's own, and what `appliance check` says about them."""

from datetime import UTC, datetime, timedelta

import pytest

from appliance.certs import authority
from appliance.certs.authority import LEAF_LIFE
from appliance.certs.own import own
from appliance.cli._on_disk import on_disk
from appliance.config.loading import load

NOW = datetime.now(UTC)
OURS = authority.create(["x.org"], "x.org", NOW)
EVERYTHING = ("x.org", "share.x.org", "*.share.x.org")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "appliance.yaml").write_text(
        "domain: x.org\ntls:\n  mode: files\n"
        "  certificates: [{chain: chain.pem, key: {file: key.pem}}]\nshare: {}\n"
    )
    return tmp_path


def put(folder, *names, now=NOW, key=None):
    one = authority.issue(OURS, names, now)
    (folder / "chain.pem").write_text(one.chain)
    (folder / "key.pem").write_text(one.key if key is None else key)
    (folder / "key.pem").chmod(0o600)


def found(folder):
    """Code, line and severity of each finding."""
    findings = on_disk(load(folder / "appliance.yaml"), folder)
    return [(finding.code, finding.line, finding.severity) for finding in findings]


def test_good_files_are_fine(folder):
    put(folder, *EVERYTHING)
    assert found(folder) == []
    (one,) = own(load(folder / "appliance.yaml").config, folder, NOW).certificates
    assert set(one.names) == set(EVERYTHING)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "chain.pem").unlink(), "certificate-unusable"),
        (lambda folder: (folder / "chain.pem").write_bytes(b"\xff"), "certificate-unusable"),
        (lambda folder: (folder / "key.pem").unlink(), "certificate-unusable"),
        (lambda folder: put(folder, *EVERYTHING, key="nothing"), "certificate-unusable"),
        (
            lambda folder: put(folder, *EVERYTHING, now=NOW - LEAF_LIFE - timedelta(days=1)),
            "certificate-expired",
        ),
        (
            lambda folder: put(folder, *EVERYTHING, now=NOW + timedelta(days=1)),
            "certificate-not-yet-valid",
        ),
    ],
)
def test_bad_files_are_found_with_their_line(folder, spoil, code):
    put(folder, *EVERYTHING)
    spoil(folder)
    assert found(folder) == [(code, 4, "error")]


def test_names_that_are_not_covered_are_only_a_warning(folder):
    put(folder, "x.org")
    assert found(folder) == [("names-uncovered", 4, "warning")]


def test_no_finding_shows_a_key(folder):
    put(folder, *EVERYTHING, key=authority.issue(OURS, ["x.org"], NOW).key)
    (finding,) = on_disk(load(folder / "appliance.yaml"), folder)
    assert "do not belong together" in str(finding)
    assert "PRIVATE" not in repr(finding)


def test_what_an_order_needs_must_be_there(tmp_path):
    (tmp_path / "appliance.yaml").write_text(
        "domain: x.org\ntls:\n  mode: certbot\n  directory: https://ca.x.org/directory\n"
        "  directory_ca: root.pem\n  eab: {key_id: a, hmac_key: {file: eab}}\n"
        "  challenge: {dns: ovh, credentials: {file: ovh.ini}}\n"
    )
    assert found(tmp_path) == [
        ("secret-missing", 7, "error"),
        ("secret-missing", 6, "error"),
        ("file-missing", 5, "error"),
    ]
