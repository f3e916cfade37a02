"""Tokens that stand in a site's pages, as the command line asks for them."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from appliance.auth.administering.api import administer
from appliance.auth.people.person import NewPerson
from appliance.config.schema import Config
from appliance.web.embedding.tokens import with_token
from tests.unit.auth.guarded import APPS, BLOG, HOST


@pytest.fixture
def verbs(door):
    config = Config.model_validate({"domain": "example.org", "auth": {}, "apps": APPS})
    api = FastAPI()
    administer(api, door, lambda: config, with_token)
    return TestClient(api)


def asked_token(**more):
    told = {"person": "ada", "label": "blog", "apps": ["team"], "origin": BLOG, "life": 60}
    return {**told, **more}


def test_a_token_for_a_site_comes_with_what_to_put_there(verbs):
    made = verbs.post("/tokens", json=asked_token()).json()
    entrance = f"https://{HOST}/-/apps/team/embedded/enter?token={made['secret']}"
    assert f'src="{entrance}"' in made["snippets"]["frame"]
    assert f"gradio.js?token={made['secret']}" in made["snippets"]["web component"]
    [listed] = verbs.get("/tokens").json()
    assert (listed["origin"], "secret" in listed) == (BLOG, False)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"origin": "https://evil.example"}, "Add it to `apps.team.embed.origins` first"),
        ({"apps": ["none"]}, "Name one app of appliance.yaml: team, inner, open"),
        ({"apps": ["team", "inner"]}, "Name one app"),
        ({"apps": ["open"]}, "open is public"),
        ({"origin": "blog.example.org"}, "with its scheme: https://blog.example.org"),
        ({"person": "bob"}, "bob may not see team"),
    ],
)
def test_a_token_for_a_site_that_may_not_is_explained(verbs, door, more, words):
    door.people.create(NewPerson("bob"))
    answer = verbs.post("/tokens", json=asked_token(**more))
    assert answer.status_code == 422
    assert words in answer.json()["detail"]
