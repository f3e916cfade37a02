"""The gateway's own pages."""

import base64
import hashlib
import json
import re

import pytest

from appliance.relay.gateway.answers import FORMS, Answers, Kind

ANSWERS = Answers()
KINDS = [kind for kind in Kind if kind is not Kind.MALFORMED]


def parts(answer: bytes) -> tuple[str, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}" in head.decode().split("\r\n")
    return head.decode(), body.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_all_its_policy_allows(kind: Kind) -> None:
    answer = ANSWERS.answer(kind, "demo.example.org", page=True, head_only=False, close=False)
    head, page = parts(answer)
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in head
    assert "<script" not in page
    assert ("<form" in page) == (kind in FORMS) == ("form-action 'self'" in head)
    assert not re.search(r"\{\w+\}", page.replace(style[1], ""))
    retry = re.search(r"Retry-After: (\d+)", head)
    assert ('http-equiv="refresh"' in page) == (retry is not None)


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_gets_the_same_as_json(kind: Kind) -> None:
    answer = ANSWERS.answer(kind, "demo.example.org", page=False, head_only=False, close=True)
    head, body = parts(answer)
    assert "Connection: close" in head
    told = json.loads(body)
    detail = told["detail"]
    assert (detail["auth_message"] if kind in FORMS else detail) in told["error"]


def test_answers_differ() -> None:
    pages = {
        parts(ANSWERS.answer(kind, "x", page=True, head_only=False, close=False))[1]
        for kind in KINDS
    }
    assert len(pages) == len(KINDS)


def test_a_name_is_no_markup() -> None:
    answer = ANSWERS.answer(Kind.UNKNOWN, "<b>&", page=True, head_only=False, close=False)
    assert "&lt;b&gt;&amp;" in parts(answer)[1]


def test_a_head_alone_tells_the_length() -> None:
    whole = ANSWERS.answer(Kind.SLOW, "x", page=True, head_only=False, close=False)
    head = ANSWERS.answer(Kind.SLOW, "x", page=True, head_only=True, close=False)
    assert whole.startswith(head)
    assert head.endswith(b"\r\n\r\n")


def test_only_a_page_says_what_a_page_does() -> None:
    for kind in KINDS:
        answer = ANSWERS.answer(kind, "x", page=False, head_only=False, close=False)
        assert "page" not in parts(answer)[1]
    answer = ANSWERS.answer(Kind.BUSY, "x", page=False, head_only=False, close=False)
    told = (
        "This app, or all that its owner shares, is asked more often than it may be. "
        "Try again in 2 s."
    )
    assert json.loads(parts(answer)[1])["detail"] == told
