"""Lockouts that a restart does not end."""

from collections.abc import Callable

from sqlalchemy import Engine

from appliance.auth.secrets import Clock
from appliance.auth.signing_in.attempts import Lockouts
from appliance.auth.signing_in.throttle import Limits, Lockout, Throttle


def locking(
    engine: Engine,
    clock: Clock,
    limits: Callable[[], Limits],
    told: Callable[[Lockout, str, str], None],
) -> tuple[Throttle, Lockouts]:
    """What counts failures, and what keeps those lockouts; `told` hears of each new one."""

    def left() -> list[Lockout]:
        return throttle.in_force()

    def new(lockout: Lockout, account: str, address: str) -> None:
        lockouts.note(lockout)
        told(lockout, account, address)

    lockouts = Lockouts(engine, clock, left)
    throttle = Throttle(clock, limits, new)
    throttle.restore(lockouts.in_force())
    return throttle, lockouts
