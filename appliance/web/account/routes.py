"""All pages of the account, each with what it needs."""

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter

from appliance.auth.door import Door
from appliance.auth.places import LINK, SIGN_IN
from appliance.auth.providers.known import Providers
from appliance.config.schema import Config
from appliance.web.account import (
    changing,
    confirming,
    enrolling,
    joining,
    overview,
    places,
    providers,
    second_step,
    sign_in,
    signing_out,
    tokens,
)
from appliance.web.account.parts import parts
from appliance.web.account.serving import Needs, Page, serving

_PERSON, _FRESH = Needs.PERSON, Needs.FRESH_PROOF

PAGES = (
    Page(SIGN_IN, sign_in.form, sign_in.sign_in, lane="hashing"),
    Page(places.PASSKEY_SIGN_IN, take=sign_in.sign_in_by_passkey),
    Page(places.SECOND_STEP, second_step.form, second_step.prove),
    Page(places.ENROL, enrolling.form, enrolling.enrol),
    Page(f"{places.WITH}/{{provider}}", providers.leave, lane="outside"),
    Page(f"{places.FROM}/{{provider}}", providers.arrive, lane="outside"),
    Page(places.SIGNED_IN, sign_in.signed_in, needs=_PERSON),
    Page(places.SIGN_OUT, signing_out.form, signing_out.sign_out),
    Page(places.SIGNED_OUT, signing_out.signed_out),
    Page(f"{LINK}/{{secret}}", joining.form, joining.join, lane="hashing"),
    Page(places.CONFIRM, confirming.form, confirming.confirm, _PERSON, lane="hashing"),
    Page(places.ACCOUNT, overview.form, needs=_PERSON),
    Page(places.PASSWORD, changing.password_form, changing.change_password, _FRESH, lane="hashing"),
    Page(places.AUTHENTICATOR, changing.authenticator_form, changing.add_authenticator, _FRESH),
    Page(f"{places.AUTHENTICATOR}/remove", take=changing.remove_authenticator, needs=_FRESH),
    Page(places.NEW_PASSKEY, changing.passkey_form, changing.add_passkey, _FRESH),
    Page(f"{places.PASSKEYS}/remove", take=changing.remove_passkey, needs=_FRESH),
    Page(places.RECOVERY_CODES, take=changing.make_codes, needs=_FRESH),
    Page(places.NEW_CODES, changing.new_codes, needs=_PERSON),
    Page(places.NEW_TOKEN, tokens.form, tokens.create, _FRESH),
    Page(f"{places.TOKENS}/revoke", take=tokens.revoke, needs=_PERSON),
    Page(f"{places.SESSIONS}/end", take=signing_out.end_session, needs=_PERSON),
    Page(
        f"{places.PROVIDERS}/{{provider}}/connect",
        take=providers.leave_to_connect,
        needs=_FRESH,
        lane="outside",
    ),
    Page(f"{places.PROVIDERS}/disconnect", take=providers.disconnect, needs=_FRESH),
)


def account_pages(door: Door, config: Callable[[], Config], base_folder: Path) -> APIRouter:
    """Routes to be served before the other pages; `base_folder`: where secrets' paths start."""
    return serving(parts(door, config, Providers(base_folder, door.clock)), PAGES)
