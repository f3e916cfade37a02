"""A real OpenID provider, npm's oidc-provider, and somebody who uses its pages."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from joserfc.jwk import RSAKey

from tests.running.examples import ROOT
from tests.running.process import answers, wait_until
from tests.running.tab import forms

FOLDER = ROOT / "tests" / "clients" / "oidc-provider"
SECRET = "a secret of client and provider"
Key = dict[str, Any]


def installed() -> Path:
    """The Node program, with the provider in the version of the lock."""
    if not (FOLDER / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=FOLDER, check=True)
    return FOLDER / "provider.mjs"


def new_key(kid: str) -> Key:
    key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})
    return dict(key.as_dict(private=True))


@contextmanager
def provider(folder: Path, port: int, key: Key, *redirect_uris: str) -> Iterator[str]:
    """Its issuer. It signs with the key; the client is `appliance`."""
    client = {
        "client_id": "appliance",
        "client_secret": SECRET,
        "redirect_uris": redirect_uris,
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
    }
    told = json.dumps({"port": port, "keys": [key], "clients": [client]})
    (folder / "provider.json").write_text(told)
    log, issuer = folder / "provider.log", f"http://127.0.0.1:{port}"
    with (
        (folder / "provider.json").open("rb") as standard_input,
        log.open("ab") as output,
        subprocess.Popen(
            ["node", installed()], cwd=FOLDER, stdin=standard_input, stdout=output, stderr=output
        ) as process,
    ):
        try:
            wait_until(lambda: answers(f"{issuer}/.well-known/openid-configuration"), process, log)
            yield issuer
        finally:
            process.kill()


def visit(
    url: str, login: str, *, consents: bool = True, cookies: httpx.Cookies | None = None
) -> str:
    """Somebody signs in there, allows it or not; the address he is sent back to.

    `cookies`: of a browser that may be signed in there already, and is afterwards.
    """
    with httpx.Client(timeout=30, cookies=cookies) as browser:
        answer = browser.get(url)
        for _ in range(20):
            if answer.is_redirect:
                where = str(answer.url.join(answer.headers["location"]))
                if not where.startswith(url.split("/auth", maxsplit=1)[0]):
                    if cookies is not None:
                        cookies.update(browser.cookies)
                    return where
                answer = browser.get(where)
                continue
            [form] = forms(answer.text)
            asked = form["fields"]["prompt"]
            if asked == "consent" and not consents:
                answer = browser.get(f"{answer.url}/abort")
                continue
            said = {
                **form["fields"],
                **({"login": login, "password": "x"} if asked == "login" else {}),
            }
            answer = browser.post(answer.url.join(form["action"]), data=said)
    raise AssertionError(f"never sent back: {answer.url} {answer.text}")
