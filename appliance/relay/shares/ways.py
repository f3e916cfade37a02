"""The ways to the shares that are connected, and which client's each of them is."""

from appliance.relay.registrar import Registration
from appliance.relay.shares.entry import Entry
from appliance.relay.upstream import Upstream

_Run = tuple[str, str]
"""A client's run id and what it calls the proxy."""


class Ways:
    """A client has a way for each of its proxies."""

    def __init__(self) -> None:
        self._entries: dict[Upstream, Entry] = {}
        self._runs: dict[Upstream, _Run] = {}
        self._of: dict[_Run, Upstream] = {}

    def add(self, upstream: Upstream, entry: Entry, registration: Registration) -> None:
        run = (registration.run_id, registration.proxy.proxy_name)
        self._entries[upstream] = entry
        self._runs[upstream] = run
        self._of[run] = upstream

    def entry(self, upstream: Upstream) -> Entry | None:
        return self._entries.get(upstream)

    def former(self, registration: Registration) -> Upstream | None:
        """The way to the same client that it had before, for the same proxy.

        Only that client was told the run id of then.
        """
        login = registration.attempt.login
        return self._of.get((login.run_id, registration.proxy.proxy_name))

    def drop(self, upstream: Upstream) -> Entry | None:
        """Forget one; the entry whose it was, None if it was forgotten before."""
        entry = self._entries.pop(upstream, None)
        if entry is not None:
            del self._of[self._runs.pop(upstream)]
        return entry
