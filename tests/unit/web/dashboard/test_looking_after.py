"""Caches, certificates, health, plans and the audit on pages."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from appliance.apps.thumbnails import Picture
from appliance.auth.audit import Event
from appliance.certs.model import Origin
from appliance.certs.refusals import Refusal
from appliance.certs.status import CertificateProblem, CertificatesStatus, NameStatus
from appliance.config.findings import Finding
from appliance.control.examination import Findings
from appliance.control.status import ConfigStatus
from appliance.doctor.model import Diagnosis
from appliance.web.dashboard.concerns import concerns
from appliance.web.dashboard.places import AUDIT, CERTIFICATES, DASHBOARD, HEALTH, PLAN, files_page
from tests.running import statuses
from tests.running.house import House
from tests.unit.web.dashboard.conftest import APPS

FILES = files_page("hello")
NAME = NameStatus(name="d.example.org", origin=Origin.CERTBOT, fingerprint="f00d")


def test_folders_are_shown_with_their_sizes(house: House) -> None:
    house.yaml(apps={"hello": {"source": "hello", "limits": {"disk": "2g"}}})
    page = house.signed_in().open(FILES).text
    for text in ("3 MB", "1.0 GB", "of 2.0 GB used", "<meter"):
        assert text in page


def test_an_app_that_does_not_run_shows_no_folders(house: House) -> None:
    house.noted.stored = None
    assert "No instance of hello answers." in house.signed_in().open(FILES).text


@pytest.mark.parametrize("cache", ["temp", "examples"])
def test_a_cache_is_emptied_after_a_question(house: House, cache: str) -> None:
    tab = house.signed_in()
    tab.open(FILES)
    tab.submit(f"{FILES}/clean", cache=cache)
    assert house.noted.asked == []
    tab.submit(f"{FILES}/clean")
    assert house.noted.asked == [("clean", "hello", cache)]
    assert tab.url == f"{FILES}?done=clean-{cache}"
    assert "app.cleaned" in house.events()


def test_what_the_app_keeps_is_not_emptied(house: House) -> None:
    tab = house.signed_in()
    tab.open(FILES)
    tab.submit(f"{FILES}/clean", cache="data")
    assert tab.page.status_code == 422
    assert house.noted.asked == []


def test_certificates_are_renewed_where_somebody_can_be_asked(house: House) -> None:
    tab = house.signed_in()
    token = tab.open(HEALTH) and tab.form(f"{HEALTH}/look")["fields"]["form-token"]
    fields = {"form-token": token}
    assert tab.client.post(f"{CERTIFICATES}/renew", data=fields).status_code == 409
    house.certificates = CertificatesStatus(mode="certbot", names=(NAME,))
    tab.open(CERTIFICATES)
    tab.submit(f"{CERTIFICATES}/renew")
    assert house.noted.asked == [("renew",)]
    assert "certificate.renewal-asked" in house.events()


def test_a_certificate_is_revoked_after_a_question_or_it_is_told_why_not(house: House) -> None:
    house.certificates = CertificatesStatus(mode="certbot", names=(NAME,))
    house.noted.refusal = Refusal("away", "The authority does not answer.", "Try later.")
    tab = house.signed_in()
    tab.open(CERTIFICATES)
    tab.submit(f"{CERTIFICATES}/revoke", name="d.example.org")
    assert tab.says("Revoke the certificate of d.example.org?")
    tab.submit(f"{CERTIFICATES}/revoke")
    assert tab.page.status_code == 409
    assert tab.says("The authority does not answer. Try later.")
    house.noted.refusal = None
    tab.open(CERTIFICATES)
    tab.submit(f"{CERTIFICATES}/revoke", name="d.example.org")
    tab.submit(f"{CERTIFICATES}/revoke")
    assert tab.url == f"{CERTIFICATES}?done=revoke"
    assert house.noted.asked[-1] == ("revoke", "f00d")


def test_all_that_needs_somebody_is_in_one_place_and_counted(house: House) -> None:
    finding = Finding("unknown-key", "appliance.yaml", 7, 3, "apps.helo", "unknown key")
    house.config_status = ConfigStatus(file="appliance.yaml", state="invalid", findings=(finding,))
    problem = CertificateProblem(code="x", message="No challenge.", remedy="Open port 80.")
    house.certificates = CertificatesStatus(problems=(problem,))
    told = [one.message for one in concerns(house.snapshot())]
    assert told[0].startswith("`appliance.yaml:7:3`")
    assert told[1:] == ["broken: app.py raised KeyError at line 3.", "No challenge."]
    tab = house.signed_in()
    assert 'class="count">3<' in tab.open(DASHBOARD).text
    page = tab.open(HEALTH).text
    for text in ("appliance.yaml:7:3", "Open port 80.", "Run <code>pip list</code>."):
        assert text in page


def test_the_doctor_is_asked_on_demand_and_his_findings_stay(house: House) -> None:
    tab = house.signed_in()
    tab.open(HEALTH)
    tab.submit(f"{HEALTH}/look")
    assert house.noted.asked[0][0] == "look"
    bad = Diagnosis("names", "bad", "d.example.org leads nowhere", "Add an `A` record.")
    good = Diagnosis("clock", "good", "the clock is right")
    house.noted.findings = Findings(datetime.now(UTC), (good, bad))
    page = tab.open(HEALTH).text
    assert page.index("leads nowhere") < page.index("the clock is right")
    assert "Add an <code>A</code> record." in page
    house.noted.looking = True
    assert 'role="progressbar"' in tab.open(HEALTH).text


def test_a_plan_is_shown_and_nothing_is_done(house: House) -> None:
    tab = house.signed_in()
    tab.open(PLAN)
    tab.submit(PLAN, yaml="auth: {}\r\nshare: {}\r\napps:\r\n  hello: {source: hello}\r\n")
    assert tab.page.status_code == 200
    assert tab.says("If this were saved now")
    assert tab.says("broken: removed")
    assert house.noted.asked == []
    assert list(house.config.apps) == list(APPS)


def test_a_mistake_is_told_with_its_place_before_it_is_saved(house: House) -> None:
    tab = house.signed_in()
    tab.open(PLAN)
    tab.submit(PLAN, yaml="apps:\r\n  hello: {sauce: <b>}\r\n")
    assert tab.page.status_code == 422
    assert tab.says("<code>2:11</code>")
    assert not tab.says("<b>")


def test_the_audit_is_searched_page_by_page(house: House) -> None:
    for number in range(110):
        house.door.audit.write(Event("app.restart", "eve", f"app-{number}"))
    tab = house.signed_in()
    first = tab.open(f"{AUDIT}?kind=app.").text
    assert "app-109" in first
    assert "app-9<" not in first
    assert "kind=app.&amp;page=2" in first
    second = tab.open(f"{AUDIT}?kind=app.&page=2").text
    assert "app-9<" in second
    assert "Older" not in second
    found = tab.open(f"{AUDIT}?words=EVE+app-77").text
    assert "app-77" in found
    assert "app-78" not in found
    assert tab.open(f"{AUDIT}?page=x").status_code == 200


def test_the_audit_is_taken_away_as_a_file_that_computes_nothing(house: House) -> None:
    house.door.audit.write(Event("sign-in.failed", "=cmd()", "a,b", detail='"'))
    tab = house.signed_in()
    answer = tab.open(f"{AUDIT}/export/csv?kind=sign-in.failed")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["actor"], row["subject"], row["detail"]) == ("'=cmd()", "a,b", '"')
    lines = tab.open(f"{AUDIT}/export/json").text.splitlines()
    assert {json.loads(line)["kind"] for line in lines} >= {"sign-in.failed", "audit.exported"}
    assert tab.open(f"{AUDIT}/export/exe").status_code == 404
    assert house.signed_in("bob").open(f"{AUDIT}/export/csv").status_code == 403


def test_pictures_of_apps_are_shown_and_can_do_nothing(house: House) -> None:
    house.noted.picture = Picture(b"\x89PNG", "image/png")
    house.apps = (
        statuses.live("hello", "http://h:1", thumbnail="thumbnail.png"),
        statuses.live("broken", "http://h:2"),
    )
    tab = house.tab()
    page = tab.open("/").text
    assert page.count("<img") == 2  # one is the mark
    assert 'src="/-/apps/hello/thumbnail?release=r1"' in page
    picture = tab.open("/-/apps/hello/thumbnail?release=r1")
    assert (picture.content, picture.headers["content-type"]) == (b"\x89PNG", "image/png")
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert picture.headers["x-content-type-options"] == "nosniff"
    for path in ("/-/apps/broken/thumbnail", "/-/apps/nobody/thumbnail"):
        assert tab.open(path).status_code == 404
    assert house.tab("http://evil.example.org").open("/-/apps/hello/thumbnail").status_code == 404
