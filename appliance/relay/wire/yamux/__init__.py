"""yamux, protocol version 0: many streams over one connection, each with its own flow control."""

from appliance.relay.wire.yamux.events import (
    Closed,
    Code,
    Data,
    Drained,
    Ended,
    Event,
    GoingAway,
    Opened,
    Reset,
)
from appliance.relay.wire.yamux.limits import Limits
from appliance.relay.wire.yamux.session import Role, Session
from appliance.relay.wire.yamux.window import Budget

__all__ = [
    "Budget",
    "Closed",
    "Code",
    "Data",
    "Drained",
    "Ended",
    "Event",
    "GoingAway",
    "Limits",
    "Opened",
    "Reset",
    "Role",
    "Session",
]
