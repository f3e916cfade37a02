"""What is true of all pages of the account."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from appliance.auth.administering.api import administer
from appliance.web.account.routes import PAGES
from appliance.web.account.serving import Needs, Page
from appliance.web.embedding.tokens import with_token
from tests.running.house import House
from tests.unit.web.account.conftest import Authenticator

TAKEN = [page for page in PAGES if page.take]
GUARDED = [page for page in PAGES if page.show and page.needs is not Needs.NOTHING]


def path_of(page: Page) -> str:
    return page.path.replace("{provider}", "google").replace("{secret}", "x")


@pytest.mark.parametrize("page", TAKEN, ids=path_of)
def test_no_form_is_taken_that_was_not_made_here(house: House, page: Page) -> None:
    house.person()
    tab = house.signed_in()
    before = house.events()
    for fields in ({}, {"form-token": "0" * 64}, {"form-token": "é"}):
        sent = tab.client.post(path_of(page), data=fields)
        assert sent.status_code == 403
        assert "Nothing was changed" in sent.text
    assert house.events() == before
    assert tab.open("/-/account").status_code == 200


@pytest.mark.parametrize("page", GUARDED, ids=path_of)
def test_a_stranger_is_led_to_sign_in_first(house: House, page: Page) -> None:
    tab = house.tab()
    tab.open(path_of(page))
    assert tab.url.startswith("/-/sign-in?to=%2F-%2F")


@pytest.mark.parametrize("page", [page for page in PAGES if page.show], ids=path_of)
def test_head_does_what_get_does_without_a_body(house: House, page: Page) -> None:
    client = house.tab().client
    head = client.head(path_of(page))
    assert head.status_code == client.get(path_of(page)).status_code
    assert head.text == ""


def test_who_has_lost_every_factor_gets_in_again(
    house: House, authenticator: Authenticator
) -> None:
    ada = house.person()
    authenticator(ada)
    house.factors.recovery.make(ada.id)
    session = house.door.sessions.start(ada.id, "localhost", ["password", "totp"])
    app = FastAPI()
    administer(app, house.door, lambda: house.config, with_token)
    assert TestClient(app).post("/people/ada/forget-factors").status_code == 200
    assert not house.factors.of(ada.id).any
    assert house.door.sessions.find(session.secret, "localhost") is None
    assert "factors.forgotten" in house.events()
    assert house.signed_in().says("not set up")
