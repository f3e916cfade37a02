"""Host and path to share: one lookup, because it is done for every request."""

from collections.abc import Iterable

from appliance.relay.gateway.directory import Gone
from appliance.relay.share import Share

Found = Share | Gone


class Index:
    """Most hosts have one share; a few have one for each of several paths."""

    def __init__(self) -> None:
        self._whole: dict[str, Found] = {}
        self._parts: dict[str, tuple[tuple[str, Found], ...]] = {}
        """Locations of a host, the longest first; in use only if one is not `/`."""

    def find(self, host: str, path: str) -> Found | None:
        found = self._whole.get(host)
        if found is not None or host not in self._parts:
            return found
        for location, part in self._parts[host]:
            if path.startswith(location):
                return part
        return None

    def at(self, host: str, location: str) -> Found | None:
        """What has exactly this place."""
        return dict(self._all(host)).get(location)

    def put(self, hosts: Iterable[str], locations: Iterable[str], found: Found) -> None:
        for host in hosts:
            known = dict(self._all(host))
            known.update((location, found) for location in locations)
            self._set(host, known)

    def remove(self, hosts: Iterable[str], locations: Iterable[str]) -> None:
        for host in hosts:
            known = dict(self._all(host))
            for location in locations:
                known.pop(location, None)
            self._set(host, known)

    def _all(self, host: str) -> Iterable[tuple[str, Found]]:
        whole = self._whole.get(host)
        return (("/", whole),) if whole is not None else self._parts.get(host, ())

    def _set(self, host: str, known: dict[str, Found]) -> None:
        self._whole.pop(host, None)
        self._parts.pop(host, None)
        if known.keys() == {"/"}:
            self._whole[host] = known["/"]
        elif known:
            parts = sorted(known.items(), key=lambda part: len(part[0]), reverse=True)
            self._parts[host] = tuple(parts)
