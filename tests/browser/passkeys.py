"""Passkey devices of Chromium's own; each page has its own ones."""

from typing import Any

from playwright.sync_api import Page


def device(page: Page, *, verifies: bool = True) -> tuple[Any, str]:
    """The session that steers it, which keeps it alive, and its id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": verifies,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def passkeys(session: Any, held: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = session.send(
        "WebAuthn.getCredentials", {"authenticatorId": held}
    )["credentials"]
    return found
