"""What has changed since it was written down last, by name."""

from collections.abc import Iterable


class Unwritten:
    """Shares and keys; a share may also have been forgotten meanwhile."""

    def __init__(self) -> None:
        self._shares: set[str] = set()
        self._keys: set[str] = set()

    def add(self, shares: Iterable[str] = (), keys: Iterable[str] = ()) -> None:
        """These have to be written (again)."""
        self._shares.update(shares)
        self._keys.update(keys)

    def take(self) -> tuple[set[str], set[str]]:
        """Shares and keys, each told once."""
        taken = self._shares, self._keys
        self._shares, self._keys = set(), set()
        return taken
