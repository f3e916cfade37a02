"""Tokens by the API: one's own, and with one token none that may do more than it."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from appliance.auth.failures import UnknownTokenError
from appliance.auth.people.person import Person
from appliance.auth.tokens.narrowing import exceeded
from appliance.auth.tokens.token import Caveats, InvalidCaveatError, Token, Use
from appliance.web.api.callers import Asking, Caller
from appliance.web.api.documents import MadeTokenFacts, TokenFacts, TokenOrder, token_facts
from appliance.web.api.problems import ProblemError, responses

TokenId = Annotated[str, Path(max_length=64, description="As `GET /tokens` tells it.")]

tokens_router = APIRouter(tags=["Tokens"], responses=responses(400, 401, 403, 404, 429))


@tokens_router.get("/tokens", summary="Your tokens that may do no more than this one")
async def tokens(caller: Asking) -> list[TokenFacts]:
    """Never their secrets, which are kept nowhere."""
    found = caller.door.tokens.of(_person(caller).id)
    return [token_facts(one) for one in found if _covers(caller, one)]


@tokens_router.post(
    "/tokens",
    status_code=201,
    summary="Make a token of yours that may do no more than this one",
    responses=responses(409, 422),
)
def create(caller: Asking, order: TokenOrder, response: Response) -> MadeTokenFacts:
    """Its secret is told this once."""
    person = _person(caller)
    caveats = Caveats(
        apps=tuple(order.apps),
        uses=tuple(Use(use) for use in order.uses),
        networks=tuple(order.networks),
        until=None if order.life is None else caller.door.clock() + order.life,
    )
    for app in caveats.apps:
        caller.must_see(app)
    try:
        passed = exceeded(caller.caveats, caveats)
        if passed is not None:
            raise ProblemError(403, f"This token is {passed}; none with more can be made with it.")
        issued = caller.door.tokens.create(person.id, order.label, caveats)
    except (InvalidCaveatError, ValueError) as error:
        raise ProblemError(409, str(error)) from None
    caller.audit("token.created", person.name, detail=issued.token.id)
    response.headers["Cache-Control"] = "no-store"
    return MadeTokenFacts(**token_facts(issued.token).model_dump(), secret=issued.secret)


@tokens_router.delete(
    "/tokens/{token}", status_code=204, summary="End a token of yours", responses=responses(422)
)
def revoke(caller: Asking, token: TokenId) -> None:
    """With the sessions that were made with it; at once."""
    person = _person(caller)
    own = {one.id for one in caller.door.tokens.of(person.id) if _covers(caller, one)}
    try:
        revoked = caller.door.tokens.revoke(token if token in own else "", person.id)
    except UnknownTokenError:
        text = "There is no token of yours with this id that this one may end."
        raise ProblemError(404, text) from None
    caller.door.sessions.end_of_token(revoked.id)
    caller.audit("token.revoked", person.name, detail=revoked.id)


def _person(caller: Caller) -> Person:
    if caller.person is None:
        raise ProblemError(404, "Nobody signs in here, so that there are no tokens.")
    return caller.person


def _covers(caller: Caller, token: Token) -> bool:
    return exceeded(caller.caveats, token.caveats) is None
