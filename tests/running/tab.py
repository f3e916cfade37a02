"""A browser's tab without scripts: keeps cookies, fills in forms, says what browsers say."""

from html.parser import HTMLParser
from typing import Any

import httpx
from starlette.testclient import TestClient

NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.forms.append({"action": found.get("action"), "fields": {}})
        elif tag == "input" and self.forms and found.get("name"):
            if found.get("type") == "checkbox" and "checked" not in found:
                return
            self.forms[-1]["fields"][found["name"]] = found.get("value") or ""


def forms(page: str) -> list[dict[str, Any]]:
    """Of each the action and what its inputs hold."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


class Tab:
    """Follows redirects on its own host alone; `url` is where it ended."""

    def __init__(self, app: Any, origin: str = "http://localhost:8080") -> None:
        self.client = TestClient(app, base_url=origin, follow_redirects=False)
        self.origin = origin
        self.page: Any = None
        self.url = ""

    def open(self, path: str, **headers: str) -> Any:
        self.page = self.client.get(
            path, headers={**NAVIGATION, "Sec-Fetch-Site": "none", **headers}
        )
        return self._follow(path)

    def submit(self, action: str | None = None, **fields: str) -> Any:
        """Fill in the form of the page that has these fields, and send it."""
        form = self.form(action, *fields)
        path = form["action"] or self.url
        headers = {**NAVIGATION, "Sec-Fetch-Site": "same-origin", "Origin": self.origin}
        self.page = self.client.post(path, data={**form["fields"], **fields}, headers=headers)
        return self._follow(path)

    def form(self, action: str | None = None, *names: str) -> dict[str, Any]:
        found = [f for f in forms(self.page.text) if action is None or f["action"] == action]
        assert found, f"no form {action} on {self.url}: {self.page.text}"
        return max(found, key=lambda form: len(form["fields"].keys() & set(names)))

    def says(self, words: str) -> bool:
        return words in self.page.text

    def _follow(self, path: str) -> Any:
        self.url = path
        while self.page.status_code in (302, 303):
            where = str(httpx.URL(self.origin + self.url).join(self.page.headers["location"]))
            if not where.startswith(f"{self.origin}/"):
                self.url = where
                return self.page
            self.url = where.removeprefix(self.origin)
            self.page = self.client.get(self.url, headers=NAVIGATION)
        return self.page
