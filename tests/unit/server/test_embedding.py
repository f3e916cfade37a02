"""The app server's part of embedding."""

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from appliance.apps.server.embedding import Build, Embedding, build, component, installed

BUILD = Build("assets/index-a1.js", "assets/index-b2.css")
PAGE = """<script type="module" crossorigin src="./assets/index-a1.js"></script>
<link rel="stylesheet" crossorigin href="./assets/index-b2.css">"""


async def page(_request: Any) -> HTMLResponse:
    return HTMLResponse("hello", headers={"Content-Security-Policy": "img-src 'none'"})


async def data(_request: Any) -> JSONResponse:
    return JSONResponse({})


def client(*origins: str, found: Build | None = BUILD) -> TestClient:
    app = Starlette(routes=[Route("/", page), Route("/data", data)])
    return TestClient(Embedding(app, origins, "", ["/talk"], found))


def test_the_build_is_read_from_gradios_page() -> None:
    assert build(PAGE) == BUILD


def test_a_page_that_is_made_otherwise_has_no_build() -> None:
    assert build("<script src='main.js'></script>") is None


def test_the_installed_gradio_is_understood() -> None:
    found = installed()
    assert found
    assert found.script in component(found, "./")
    assert found.style in component(found, "./")


@pytest.mark.parametrize(
    ("origins", "policy"),
    [
        ((), "frame-ancestors 'self'"),
        (
            ("https://a.org", "http://b.org:1"),
            "frame-ancestors 'self' https://a.org http://b.org:1",
        ),
    ],
)
def test_pages_say_who_may_frame_them(origins: tuple[str, ...], policy: str) -> None:
    answer = client(*origins).get("/")
    assert answer.headers.get_list("content-security-policy") == ["img-src 'none'", policy]


def test_what_is_no_page_says_nothing() -> None:
    assert "content-security-policy" not in client().get("/data").headers


def test_the_component_is_beside_the_app_for_every_site() -> None:
    answer = client().get("/talk/gradio.js")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert '"assets/index-a1.js"' in answer.text
    assert client().post("/talk/gradio.js").status_code == 404


def test_the_component_at_the_root_knows_where_gradio_is_mounted() -> None:
    assert '"at": "./talk/"' in client().get("/gradio.js").text
    assert '"at": "./"' in client().get("/talk/gradio.js").text


def test_without_a_known_build_there_is_no_component() -> None:
    assert client(found=None).get("/talk/gradio.js").status_code == 404
