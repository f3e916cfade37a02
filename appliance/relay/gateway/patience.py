"""How long a visitor's connection is waited for."""

from appliance.relay.gateway.settings import GatewaySettings


class Patience:
    """Seconds, roughly: they are told in steps."""

    __slots__ = ("_settings", "_silent", "_stuck")

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._silent = 0.0  # since the visitor sent something
        self._stuck = 0.0  # since it has taken nothing of what waits for it

    def heard(self) -> None:
        self._silent = 0.0

    def took(self) -> None:
        self._stuck = 0.0

    def passed(self, seconds: float, *, blocked: bool) -> None:
        self._silent += seconds
        if blocked:
            self._stuck += seconds

    @property
    def takes_nothing(self) -> bool:
        return self._stuck > self._settings.body_silence

    @property
    def sends_nothing(self) -> bool:
        """Of a request that has begun."""
        return self._silent > self._settings.body_silence

    @property
    def asks_nothing(self) -> bool:
        return self._silent > self._settings.keep_alive
