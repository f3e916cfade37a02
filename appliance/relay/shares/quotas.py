"""How many shares are connected: in all, for each key and for each address without one."""

from collections import Counter

from appliance.auth.whereabouts import place
from appliance.relay.registrar import Refused
from appliance.relay.rules import Rules
from appliance.relay.shares.keys import Key


def bucket_of(key: str | None, address: str) -> str:
    """Whose a share is: of the key of that name, or of where its client came from without one."""
    return f"key:{key}" if key else f"address:{place(address)}"


class Quotas:
    """Counts of what is connected now."""

    def __init__(self) -> None:
        self._of: Counter[str] = Counter()

    @property
    def total(self) -> int:
        return self._of.total()

    def check(self, bucket: str, key: Key | None, rules: Rules, *, instead: bool) -> None:
        """Whether one more fits, or one `instead` of another. Raises `Refused`."""
        if self.total - instead >= rules.max_shares:
            raise Refused(
                f"all {rules.max_shares} shares of this server are taken; try later",
                reason="limit",
            )
        own = key.limits.shares if key else None
        limit = own if own is not None else rules.per_key if key else rules.per_address
        if self._of[bucket] >= limit:
            whose = "your key" if key else "your address"
            plural = "s" if limit != 1 else ""
            raise Refused(
                f"{whose} has {limit} share{plural} open, which is its limit; close one",
                reason="limit",
            )

    def add(self, bucket: str) -> None:
        self._of[bucket] += 1

    def drop(self, bucket: str) -> None:
        self._of[bucket] -= 1
        if not self._of[bucket]:
            del self._of[bucket]
