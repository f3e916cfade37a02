"""The relay, as the control process knows it."""

from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from appliance.control.peers import POLL, Peer, PeerAway, PeerRefused
from appliance.relay.model import (
    Desired,
    Extension,
    KeyLimitsAsked,
    KeyRequest,
    KeyStatus,
    Lifetime,
    MadeKey,
    Protected,
    ProtectedKey,
    RelayStatus,
    Shares,
)

_KEYS = TypeAdapter(tuple[KeyStatus, ...])


class RelayAway(PeerAway):
    """The relay does not answer, or not in its language."""


class RelayRefused(PeerRefused):
    """The relay will not do it."""


class RelayClient(Peer):
    title, away, refused = "relay", RelayAway, RelayRefused
    quotable = False

    async def want(self, desired: Desired) -> RelayStatus:
        """Say what should be shared."""
        body = desired.model_dump_json()
        return await self._document(RelayStatus, "PUT", "/settings", content=body)

    async def status(self, after: int) -> RelayStatus:
        """The status once its version exceeds `after`, or the same one after a while."""
        query = {"after": after, "timeout": POLL}
        return await self._document(RelayStatus, "GET", "/status", params=query)

    async def shares(self) -> Shares:
        """Every name that is remembered."""
        return await self._document(Shares, "GET", "/shares")

    async def kick(self, name: str) -> None:
        """End a share."""
        await self._order("POST", f"/shares/{quote(name, safe='')}/kick")

    async def extend(self, name: str, by: Lifetime) -> None:
        """Let a share live longer."""
        path = f"/shares/{quote(name, safe='')}/extend"
        await self._order("POST", path, json=Extension(by=by).model_dump())

    async def protect(self, name: str) -> Protected:
        """Put a new password on a share; it is shown this once."""
        answer = await self._order("POST", f"/shares/{quote(name, safe='')}/protect")
        return self._read(Protected, answer, secret=True)

    async def unprotect(self, name: str) -> None:
        """Take that password away again."""
        await self._order("POST", f"/shares/{quote(name, safe='')}/unprotect")

    async def keys(self) -> tuple[KeyStatus, ...]:
        """All keys, also those that were revoked."""
        answer = await self._request("GET", "/keys")
        try:
            return _KEYS.validate_json(answer.content)
        except ValidationError as error:
            raise RelayAway(f"the relay answered something else: {error}") from error

    async def make_key(self, asked: KeyRequest) -> MadeKey:
        """A key with its secrets, this once."""
        answer = await self._order("POST", "/keys", json=asked.model_dump())
        return self._read(MadeKey, answer, secret=True)

    async def change_key(self, name: str, asked: KeyLimitsAsked) -> None:
        """Give a key other limits; what `asked` does not say stays."""
        said = asked.model_dump(exclude_unset=True)
        await self._order("PATCH", f"/keys/{quote(name, safe='')}", json=said)

    async def protect_key(self, name: str) -> ProtectedKey:
        """Put a new password on all that is shared with a key."""
        answer = await self._order("POST", f"/keys/{quote(name, safe='')}/protect")
        return self._read(ProtectedKey, answer, secret=True)

    async def unprotect_key(self, name: str) -> None:
        """Take that password away again."""
        await self._order("POST", f"/keys/{quote(name, safe='')}/unprotect")

    async def revoke_key(self, name: str) -> None:
        """End what is shared with a key too."""
        await self._order("DELETE", f"/keys/{quote(name, safe='')}")
